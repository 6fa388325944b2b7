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
    private readonly FrameSettings _frames = new(time, options.Deadlines.Send, counters);
    private readonly SignalTrace _trace = new(observer);
    private readonly OpenConnections _open = new();
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
            var frames = new FrameStream(stream, _frames);
            _open.Add(frames);
            _ = ServeAsync(frames);
        }
    }

    /// <summary>Closes every connection with a word: ALERT 4 before CERT, CLOSE 1 after the handshake; those that don't end in time are reset.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        _stopping = true;
        await listener.DisposeAsync();
        foreach (var frames in _open.All()) frames.Stop();
        try
        {
            await _open.EmptyAsync().WaitAsync(patience, time);
        }
        catch (TimeoutException)
        {
            events.ConnectionsReset(_open.Count);
            foreach (var frames in _open.All()) frames.Abort();
            await _open.EmptyAsync();
        }
    }

    // It never fails: nobody waits for it but the list of those that are open.
    private async Task ServeAsync(FrameStream frames)
    {
        if (_stopping) frames.Stop();
        try
        {
            if (await EstablishAsync(frames) is not { } established) return;
            using var connection = established.Connection;
            await (connection.Role switch
            {
                ConnectionRole.Issuer => roles.Issuer.RunAsync(connection),
                ConnectionRole.Register => roles.Registration.RunAsync(connection, established.Client!.Value),
                _ => roles.Woken.RunAsync(connection, established.Client!.Value),
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
            await frames.DisposeAsync();
            admission.Leave(frames.Peer);
            _open.Remove(frames);
        }
    }

    /// <summary>Shakes hands. By itself, so that nothing of the handshake outlives it in a connection that may stand for hours.</summary>
    /// <returns>The connection, and the device that signed; null when there is none.</returns>
    private async Task<(SecureConnection Connection, DeviceId? Client)?> EstablishAsync(FrameStream frames)
    {
        try
        {
            using var place = new HandshakePlace(frames.Peer, admission, queue, spread, counters);
            using var handshake = new ServerHandshake(settings, frames.Peer, admission.IsUnderLoad(frames.Peer), observer) { Admit = place.Admit };
            bool completed = await ShakeHandsAsync(frames, handshake, place);
            counters.HandshakeEnded(completed);
            return completed ? (new SecureConnection(frames, handshake.TakeChannel(), handshake.Role, _trace, time), handshake.ClientId) : null;
        }
        finally
        {
            admission.LeaveHalfOpen(frames.Peer);
        }
    }

    /// <summary>Runs the handshake within its deadlines (SPEC 10.1).</summary>
    private async ValueTask<bool> ShakeHandsAsync(FrameStream frames, ServerHandshake handshake, HandshakePlace place)
    {
        long accepted = time.GetTimestamp();
        frames.SetDeadline(options.Deadlines.Hello);
        while (true)
        {
            frames.BeginRead(patience: null);
            FrameRead frame;
            while (!frames.TryRead(out frame))
            {
                if (frames.Take(await frames.ReceiveAsync(), out frame)) break;
            }
            if (frame.End == MessageEnd.Stopping && handshake.Role == ConnectionRole.None)
                await AlertAsync(frames, new Alert(AlertReason.ShuttingDown, (ushort)options.Limits.RetryAfter));
            if (frame.End != MessageEnd.None) return false;

            bool wasHello = handshake.Role == ConnectionRole.None;
            bool isDear = handshake.IsDear(frame.Header.Type);
            if (isDear)
            {
                var entering = place.EnterAsync();
                bool waits = !entering.IsCompleted;
                if (!await entering)
                {
                    var alert = place.Refuse(HandshakeRefusal.QueueFull);
                    if (handshake.CanAlert) await AlertAsync(frames, alert);
                    return false;
                }
                // Whoever's deadline has passed while it waited costs nothing more.
                if (waits && frames.IsGone)
                {
                    place.Leave();
                    return false;
                }
            }
            bool hadRetried = handshake.HasRetried;
            // The turn is given back when the curve operations are done, and before the peer takes what came of them.
            if (Process(frames, handshake, frame, isDear ? place : null) is not { } status) return false;
            bool written = await frames.FlushAsync();
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
            if (!written) return false;
            if (!wasHello || handshake.Role == ConnectionRole.None) continue;
            if (handshake is { Role: ConnectionRole.Wake, WakeId: not 0 }) roles.Woken.OnHello(handshake.WakeId);
            var remaining = options.Deadlines.Finished - time.GetElapsedTime(accepted);
            if (remaining <= TimeSpan.Zero) return false;
            frames.SetDeadline(remaining);
        }
    }

    /// <param name="turn">Whose turn at the curve operations it is.</param>
    /// <returns>Where the handshake stands; null when there is no connection any more to write to.</returns>
    private HandshakeStatus? Process(FrameStream frames, ServerHandshake handshake, in FrameRead frame, HandshakePlace? turn)
    {
        try
        {
            return handshake.Process(frame.Header.Type, frame.Payload.Span, time.GetUtcNow(), frames.Output);
        }
        catch (InvalidOperationException) when (frames.IsGone)
        {
            return null;
        }
        finally
        {
            turn?.Leave();
        }
    }

    private static ValueTask<bool> AlertAsync(FrameStream frames, Alert alert)
    {
        ServerHandshake.WriteAlert(alert.Reason, alert.RetryAfterSeconds, frames.Output);
        return frames.FlushAsync();
    }
}
