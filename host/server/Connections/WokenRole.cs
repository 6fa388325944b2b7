using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Options;
using FastRelay.Server.Requests;

namespace FastRelay.Server.Connections;

/// <summary>
/// A woken device connects (role 3): the second TCP connection of the claims. It gets every request that waits for it and every
/// further one while it stays (SPEC 6.8, 6.9).
/// </summary>
internal sealed class WokenRole(
    IDevicePlane plane, WokenDevices woken, PendingRequests pending, RelayServerOptions options, TimeProvider time)
{
    /// <summary>A HELLO named this wake: it needn't be sent again (SPEC 7.7). Nobody but the device can name it.</summary>
    public void OnHello(ulong wakeId) => plane.WakeHeard(wakeId);

    /// <summary>Runs the connection to its end.</summary>
    /// <param name="connection">The established connection.</param>
    /// <param name="device">The ID of the key that signed the handshake: it, not the wake_id, says whose requests these are.</param>
    public async Task RunAsync(SecureConnection connection, DeviceId device)
    {
        if ((await plane.FindAsync(device)).Presence == DevicePresence.Away)
        {
            await connection.CloseAsync(CloseReason.Policy);
            return;
        }
        var waker = new Woken(connection, new ShardClock(time));
        var (requests, before, wakeId) = woken.Arrive(device, waker);
        before?.Replace();
        if (wakeId != 0) plane.CallOffWake(device, wakeId);
        try
        {
            foreach (var request in requests) await waker.SendAsync(request);
            await AnswersAsync(connection, device, waker);
        }
        finally
        {
            woken.Depart(device, waker);
        }
    }

    private async Task AnswersAsync(SecureConnection connection, DeviceId device, Woken waker)
    {
        while (true)
        {
            var patience = options.Deadlines.WokenIdle - waker.SinceLastRequest;
            var message = patience <= TimeSpan.Zero ? new Message(MessageEnd.Idle, 0, default, 0) : await connection.ReadAsync(patience);
            switch (message)
            {
                case { End: MessageEnd.Idle } when waker.SinceLastRequest < options.Deadlines.WokenIdle:
                    continue;
                case { End: MessageEnd.Idle }:
                    await connection.CloseAsync(CloseReason.Idle);
                    return;
                case { End: MessageEnd.Stopping }:
                    await connection.CloseAsync(waker.IsReplaced ? CloseReason.Done : CloseReason.GoingAway);
                    return;
                case { End: not MessageEnd.None } or { Type: InnerType.Close }:
                    return;
                case { Type: InnerType.Answer } when TakeAnswer(connection, device, message):
                    continue;
                default:
                    connection.Reject(RejectReason.OutOfOrder);
                    return;
            }
        }
    }

    private bool TakeAnswer(SecureConnection connection, DeviceId device, Message message)
    {
        var reason = Answer.TryParse(message.Content.Span, out var answer);
        if (reason != RejectReason.None) return false;
        connection.Trace.Received(Signal.Answer, connection.Role, message.Bytes, connection.Peer);
        // An answer that comes too late is no fault of the device.
        pending.TryAnswer(device, answer.RequestId, new DeviceAnswer(answer.Status, answer.Verdict.ToArray()));
        return true;
    }

    private sealed class Woken(SecureConnection connection, ShardClock clock) : IWokenDevice
    {
        private long _lastRequestMs = clock.NowMs;
        private volatile bool _replaced;

        public TimeSpan SinceLastRequest => TimeSpan.FromMilliseconds(clock.NowMs - Volatile.Read(ref _lastRequestMs));

        public bool IsReplaced => _replaced;

        public ValueTask<bool> SendAsync(PendingRequest request)
        {
            Volatile.Write(ref _lastRequestMs, clock.NowMs);
            return connection.SendAsync(InnerType.Connect2, request.Content, Signal.SecondRequest);
        }

        public void Replace()
        {
            _replaced = true;
            connection.Stop();
        }
    }
}
