using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Issuers;

/// <summary>
/// One request between CONNECT1 and its end. The session isn't thread-safe and takes one answer, while RESULT and the communication request
/// come on two connections: both go through the lock here.
/// </summary>
internal sealed class PendingRequest(uint reference, DeviceId device, IssuerSession session) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<RequestResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<RelayStream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _over;

    /// <summary>Its number on the connection to the server.</summary>
    public uint Reference { get; } = reference;

    public DeviceId Device { get; } = device;

    /// <summary>What the device's communication request will carry.</summary>
    public CommId CommId { get; } = session.CommId;

    public ReadOnlyMemory<byte> E2E1 => session.E2E1;

    /// <summary>RESULT.</summary>
    public Task<RequestResult> Result => _result.Task;

    /// <summary>The accepted connection, which its taker owns.</summary>
    public Task<RelayStream> Stream => _stream.Task;

    /// <summary>Set by whoever takes the stream.</summary>
    public bool Taken { get; set; }

    /// <summary>RESULT came.</summary>
    public void OnResult(in Result result)
    {
        Verdict? verdict = null;
        lock (_gate)
        {
            if (_over) return;
            if (!result.Verdict.IsEmpty && session.TryReadVerdict(result.Verdict, out var read) == RejectReason.None) verdict = read;
        }
        _result.TrySetResult(new RequestResult(
            result.Status, verdict, TimeSpan.FromSeconds(result.RetryAfterSeconds), TimeSpan.FromMilliseconds(result.WaitedMs)));
    }

    /// <summary>The connection to the server is gone: no RESULT will come.</summary>
    public void OnLinkLost(EquipmentException error) => _result.TrySetException(error);

    /// <summary>A communication request with this comm_id came on a connection (claims 5 to 7). Null when it isn't the device's.</summary>
    public RelayStream? TryAccept(ReadOnlySpan<byte> commReq, StreamConnection connection, SignalReporter signals, TimeProvider time, out RejectReason reason)
    {
        lock (_gate)
        {
            EndToEndChannel? channel = null;
            reason = _over ? RejectReason.UnknownSession : session.TryAcceptCommReq(commReq, out channel);
            return channel is null ? null : new RelayStream(connection, channel, Device, signals, time);
        }
    }

    /// <summary>Hands the accepted connection to whoever waits. False when nobody does any more: the caller keeps it.</summary>
    public bool TryDeliver(RelayStream stream)
    {
        lock (_gate) return !_over && _stream.TrySetResult(stream);
    }

    /// <summary>Nothing is accepted any more; what was delivered and not taken is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _over = true;
            session.Dispose();
        }
        // Marked as seen: a fault that nobody waited for isn't an error of the program.
        _ = _result.Task.Exception;
        if (_stream.Task.IsCompletedSuccessfully && !Taken) await (await _stream.Task).DisposeAsync();
    }
}
