using System.Collections.Concurrent;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Limits;
using FastRelay.Server.Logging;
using FastRelay.Server.Metrics;
using FastRelay.Server.Options;

namespace FastRelay.Server.Connections;

/// <summary>
/// One connection's way: accept → admission → frames → handshake → role → closed. The roles' own ways are
/// <see cref="RegistrationRole"/>, <see cref="IssuerSession"/> and <see cref="WokenRole"/>.
/// </summary>
internal sealed class ConnectionAcceptor(
    StreamListener listener, Admission admission, HandshakeQueue queue, ReturnSpread spread, ServerHandshakeSettings settings,
    ConnectionRoles roles, RelayServerOptions options, ServerCounters counters, ServerEvents events, ISignalObserver? observer, TimeProvider time)
{
    private readonly RefusedConnections _refused = new(options.Limits.Refusals, spread);
    private readonly ConcurrentDictionary<FrameStream, Task> _open = [];
    private volatile bool _stopping;

    /// <summary>Accepts until the listener is closed.</summary>
    public async Task RunAsync()
    {
        while (await listener.AcceptAsync() is { } stream)
        {
            var peer = TransportAddress.From(stream.RemoteAddress);
            var verdict = admission.Enter(peer);
            if (verdict != AdmissionVerdict.Admitted)
            {
                counters.ConnectionRefused();
                events.ConnectionRefused(peer, verdict);
                _refused.Refuse(stream, verdict);
                continue;
            }
            var frames = new FrameStream(stream, time, options.Deadlines.Send, counters);
            var gate = new TaskCompletionSource();
            _open[frames] = ServeAsync(frames, gate.Task);
            gate.SetResult();
        }
    }

    /// <summary>Closes every connection with a word: ALERT 4 before CERT, CLOSE 1 after the handshake; those that don't end in time are reset.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        _stopping = true;
        await listener.DisposeAsync();
        foreach (var frames in _open.Keys) frames.Stop();
        try
        {
            await Task.WhenAll(_open.Values).WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            events.ConnectionsReset(_open.Count);
            foreach (var frames in _open.Keys) frames.Abort();
            await Task.WhenAll(_open.Values);
        }
    }

    private async Task ServeAsync(FrameStream frames, Task known)
    {
        await known;
        if (_stopping) frames.Stop();
        bool halfOpen = true;
        try
        {
            using var place = new HandshakePlace(frames.Peer, admission, queue, spread, counters);
            using var handshake = new ServerHandshake(settings, frames.Peer, admission.IsUnderLoad(frames.Peer), observer) { Admit = place.Admit };
            bool completed = await ShakeHandsAsync(frames, handshake, place);
            place.Dispose();
            admission.LeaveHalfOpen(frames.Peer);
            halfOpen = false;
            counters.HandshakeEnded(completed);
            if (!completed) return;

            using var connection = new SecureConnection(frames, handshake.TakeChannel(), handshake.Role, new SignalTrace(observer), time);
            await (handshake.Role switch
            {
                ConnectionRole.Issuer => roles.Issuer.RunAsync(connection),
                ConnectionRole.Register => roles.Registration.RunAsync(connection, handshake.ClientId!.Value),
                _ => roles.Woken.RunAsync(connection, handshake.ClientId!.Value),
            });
        }
        catch (OperationCanceledException)
        {
            // The server has stopped under it.
        }
        catch (Exception e)
        {
            // A fault of our own: it costs this connection, and is told loudly.
            events.ConnectionFailed(e);
            frames.Abort();
        }
        finally
        {
            if (halfOpen) admission.LeaveHalfOpen(frames.Peer);
            await frames.DisposeAsync();
            admission.Leave(frames.Peer);
            _open.TryRemove(frames, out _);
        }
    }

    /// <summary>Runs the handshake within its deadlines (SPEC 10.1).</summary>
    private async Task<bool> ShakeHandsAsync(FrameStream frames, ServerHandshake handshake, HandshakePlace place)
    {
        long accepted = time.GetTimestamp();
        frames.SetDeadline(options.Deadlines.Hello);
        while (true)
        {
            var (end, header, payload) = await frames.ReadAsync(patience: null);
            if (end == MessageEnd.Stopping && handshake.Role == ConnectionRole.None) await AlertAsync(frames, new Alert(AlertReason.ShuttingDown, (ushort)options.Limits.RetryAfter));
            if (end != MessageEnd.None) return false;

            bool wasHello = handshake.Role == ConnectionRole.None;
            bool isDear = handshake.IsDear(header.Type);
            if (isDear && !await place.EnterAsync())
            {
                var alert = place.Refuse(HandshakeRefusal.QueueFull);
                if (handshake.CanAlert) await AlertAsync(frames, alert);
                return false;
            }
            bool hadRetried = handshake.HasRetried;
            var status = await ProcessAsync(frames, handshake, header, payload, isDear ? place : null);
            if (handshake.HasRetried && !hadRetried) counters.RetrySent();
            frames.MaxPayload = handshake.MaxPayload;
            switch (status)
            {
                case HandshakeStatus.Completed:
                    frames.ClearDeadline();
                    return true;
                case HandshakeStatus.Failed:
                    frames.Reject(handshake.Reason);
                    events.HandshakeFailed(frames.Peer, handshake.Reason);
                    return false;
            }
            if (!wasHello || handshake.Role == ConnectionRole.None) continue;
            if (handshake is { Role: ConnectionRole.Wake, WakeId: not 0 }) roles.Woken.OnHello(handshake.WakeId);
            var remaining = options.Deadlines.Finished - time.GetElapsedTime(accepted);
            if (remaining <= TimeSpan.Zero) return false;
            frames.SetDeadline(remaining);
        }
    }

    /// <param name="turn">Whose turn at the curve operations it is, given back when they are done and before the peer takes what came of them.</param>
    private async ValueTask<HandshakeStatus> ProcessAsync(
        FrameStream frames, ServerHandshake handshake, FrameHeader header, Memory<byte> payload, HandshakePlace? turn)
    {
        var step = new HandshakeStep(handshake, header.Type, payload, time.GetUtcNow(), turn);
        // Whoever's deadline has passed while it waited costs nothing more.
        if (frames.IsGone)
        {
            turn?.Leave();
            return HandshakeStatus.Failed;
        }
        bool written = await frames.WriteAsync(step, static (output, step) => step.Process(output));
        return written || step.Status != HandshakeStatus.Continue ? step.Status : HandshakeStatus.Failed;
    }

    private static ValueTask<bool> AlertAsync(FrameStream frames, Alert alert) =>
        frames.WriteAsync(alert, static (output, alert) => ServerHandshake.WriteAlert(alert.Reason, alert.RetryAfterSeconds, output));
}
