using FastRelay.Protocol;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Requests;

/// <summary>One request that waits for its device's answer, whichever route brings it.</summary>
/// <param name="id">The request_id (SPEC 6.8).</param>
/// <param name="device">The device asked.</param>
/// <param name="content">The content of CONNECT2, SAME_PUBLIC not yet set.</param>
internal sealed class PendingRequest(ulong id, DeviceId device, byte[] content)
{
    private readonly TaskCompletionSource<DeviceAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ulong Id { get; } = id;

    public DeviceId Device { get; } = device;

    public ReadOnlyMemory<byte> Content => content;

    /// <summary>Sets SAME_PUBLIC, once the device's address is known; before the content is sent anywhere.</summary>
    public void MarkSamePublic()
    {
        Connect2.TryParse(content, out var plain);
        // Every field is written where it stands.
        new Connect2
        {
            RequestId = plain.RequestId,
            SamePublic = true,
            Address = plain.Address,
            SessionBinding = plain.SessionBinding,
            E2E1 = plain.E2E1,
        }.Write(content);
    }

    /// <summary>The device's answer; the first counts.</summary>
    public void Answer(DeviceAnswer answer) => _answer.TrySetResult(answer);

    /// <summary>Waits for the answer; null when it doesn't come in time.</summary>
    /// <exception cref="OperationCanceledException">The issuer is gone.</exception>
    public async Task<DeviceAnswer?> WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        if (patience <= TimeSpan.Zero) return _answer.Task.IsCompleted ? await _answer.Task : null;
        try
        {
            return await _answer.Task.WaitAsync(patience, time, cancellation);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
