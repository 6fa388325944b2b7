using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Requests;

namespace FastRelay.Server.Connections;

/// <summary>
/// One issuer's connection (role 1): the first TCP connection of the claims. The way of one request: CONNECT1 → checks →
/// CONNECT2 made from it → broker → RESULT. Several may be open at once (SPEC 6.4 to 6.6).
/// </summary>
internal sealed class IssuerSession(IssuerRole role, SecureConnection connection)
{
    // Null until the first request: most connections are idle most of the time.
    private IssuerRequests? _requests;
    private RateBucket _descriptors;

    /// <summary>Runs to the connection's end.</summary>
    public async Task RunAsync()
    {
        MessageEnd? end = null;
        var patience = role.Options.Deadlines.FirstMessage;
        try
        {
            while (end is null)
            {
                var message = await connection.ReadAsync(patience);
                patience = role.Options.Deadlines.IssuerIdle;
                if (message.End == MessageEnd.Idle && _requests is not null && _requests.StillBusy(role.Options.Deadlines.IssuerIdle, out patience)) continue;
                end = await TakeAsync(message);
            }
        }
        finally
        {
            // Also when reading failed: no request may outlive the session whose keys it uses.
            if (_requests is not null) await EndRequestsAsync(_requests, end ?? MessageEnd.Closed);
        }
        if (end == MessageEnd.Idle) await connection.CloseAsync(CloseReason.Idle);
        else if (end == MessageEnd.Stopping) await connection.CloseAsync(CloseReason.GoingAway);
        else if (end == MessageEnd.None) await connection.CloseAsync(CloseReason.Done);
    }

    private async Task EndRequestsAsync(IssuerRequests requests, MessageEnd end)
    {
        using (requests)
        {
            // After CLOSE the issuer still takes what it asked for; without one it is gone, and its devices needn't be woken.
            if (end is MessageEnd.Closed or MessageEnd.Malformed or MessageEnd.Stopping) await requests.CancelAsync();
            var open = requests.AllEnded();
            // Nobody reads any more, and a stop mustn't wait as long as an issuer may have its requests wait.
            if (await Task.WhenAny(open, connection.Stopped) != open) await requests.CancelAsync();
            await open;
        }
    }

    /// <returns>Why no more come; <see cref="MessageEnd.None"/> for the issuer's CLOSE. Null while there may be more.</returns>
    private ValueTask<MessageEnd?> TakeAsync(in Message message)
    {
        switch (message)
        {
            case { End: not MessageEnd.None }:
                return new ValueTask<MessageEnd?>(message.End);
            case { Type: InnerType.Close }:
                return new ValueTask<MessageEnd?>(MessageEnd.None);
            case { Type: InnerType.DescriptorGet }:
                return GoesOnAsync(AnswerDescriptorAsync(message));
            case { Type: InnerType.Connect1 }:
                return GoesOnAsync(TakeRequestAsync(message));
            default:
                connection.Reject(RejectReason.OutOfOrder);
                return new ValueTask<MessageEnd?>(MessageEnd.Malformed);
        }
    }

    private static async ValueTask<MessageEnd?> GoesOnAsync(ValueTask<bool> taking) => await taking ? null : MessageEnd.Malformed;

    private async ValueTask<bool> AnswerDescriptorAsync(Message message)
    {
        var reason = DescriptorGet.TryParse(message.Content.Span, out var get);
        if (reason != RejectReason.None)
        {
            connection.Reject(reason);
            return false;
        }
        connection.Trace.Received(Signal.DescriptorGet, connection.Role, message.Bytes, connection.Peer);
        var device = get.Device;
        if (!role.Pace.TryTake(connection.Peer, ref _descriptors, out var wait))
        {
            await connection.CloseAsync(CloseReason.Policy);
            return false;
        }
        // Held back here, where nothing more is read meanwhile: who asks too fast is slowed, not forgotten.
        if (wait > TimeSpan.Zero && await Task.WhenAny(Task.Delay(wait, role.Time), connection.Stopped) == connection.Stopped) return true;
        byte[] descriptor = await role.Plane.DescriptorAsync(device) ?? [];
        return await connection.SendAsync(InnerType.Descriptor, Reply(device, descriptor), Signal.Descriptor);

        static byte[] Reply(DeviceId device, byte[] descriptor)
        {
            var reply = new DescriptorReply { Device = device, Descriptor = descriptor };
            byte[] content = new byte[reply.Size];
            reply.Write(content);
            return content;
        }
    }

    /// <returns>False when the message is malformed, or the connection is gone.</returns>
    private async ValueTask<bool> TakeRequestAsync(Message message)
    {
        long started = role.Time.GetTimestamp();
        if (!TryOpen(message, started, out uint reference, out var refused)) return false;
        // Refused here and not in a task of its own: who asks too much waits for his answers.
        return refused is null || await SendResultAsync(reference, refused.Value, started);
    }

    private bool TryOpen(Message message, long started, out uint reference, out IssuerAnswer? refused)
    {
        refused = null;
        var reason = Connect1.TryParse(message.Content.Span, out var request);
        reference = request.Ref;
        if (reason == RejectReason.None && _requests?.Holds(reference) == true) reason = RejectReason.BadValue;
        if (reason != RejectReason.None)
        {
            connection.Reject(reason);
            return false;
        }
        connection.Trace.Received(Signal.FirstRequest, connection.Role, message.Bytes, connection.Peer);
        if (request.Address != connection.Peer) refused = IssuerAnswer.AddressRefused;
        else if (_requests?.Count >= role.Options.Limits.OpenRequests) refused = IssuerAnswer.Limited(1);
        if (refused is not null) return true;

        var pending = new PendingRequest(NewId(out ulong id), request.Device, SecondRequest(id, request));
        var patience = Patience(request.Timeout);
        uint opened = reference;
        _requests ??= new IssuerRequests(role.Time);
        _requests.Open(opened, () => AnswerAsync(opened, pending, patience, started));
        return true;
    }

    private async Task AnswerAsync(uint reference, PendingRequest request, TimeSpan patience, long started)
    {
        role.Counters.RequestOpened();
        try
        {
            await SendResultAsync(reference, await OutcomeAsync(request, patience), started);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there to be told.
        }
        catch (Exception e)
        {
            role.Events.ConnectionFailed(e);
            connection.Abort();
        }
        finally
        {
            role.Counters.RequestEnded();
            _requests!.Ended(reference);
        }
    }

    private async Task<IssuerAnswer> OutcomeAsync(PendingRequest request, TimeSpan patience)
    {
        try
        {
            return await role.Broker.AskAsync(request, connection.Peer, patience, _requests!.Gone);
        }
        catch (OperationCanceledException) when (!_requests!.Gone.IsCancellationRequested)
        {
            // The datagram loop doesn't keep up: each request still gets its one answer.
            return IssuerAnswer.Limited(role.Options.Limits.RetryAfter);
        }
    }

    private async ValueTask<bool> SendResultAsync(uint reference, IssuerAnswer answer, long started)
    {
        var waited = role.Time.GetElapsedTime(started);
        role.Counters.ResultSent(answer.Status);
        role.Metrics.RequestAnswered(waited);
        return await connection.SendAsync(InnerType.Result, Content(reference, answer, waited), Signal.Result);
    }

    private TimeSpan Patience(ushort timeout)
    {
        var asked = timeout == 0 ? role.Options.Deadlines.Request : TimeSpan.FromMilliseconds(timeout * 100);
        return asked < role.Options.Deadlines.RequestMost ? asked : role.Options.Deadlines.RequestMost;
    }

    /// <summary>The second connection request signal: the address and the sealed part, which holds the password information, as they came (SPEC 6.8).</summary>
    private byte[] SecondRequest(ulong id, in Connect1 request)
    {
        Span<byte> binding = stackalloc byte[SessionBinding.Size];
        SessionBinding.Compute(connection.Channel, request.Device, request.Address, binding);
        var second = new Connect2
        {
            RequestId = id,
            SamePublic = false,
            Address = request.Address,
            SessionBinding = binding,
            E2E1 = request.E2E1,
        };
        byte[] content = new byte[second.Size];
        second.Write(content);
        return content;
    }

    private ulong NewId(out ulong id) => id = role.Entropy.NextUInt64();

    private static byte[] Content(uint reference, IssuerAnswer answer, TimeSpan waited)
    {
        var result = new Result
        {
            Ref = reference,
            Status = answer.Status,
            RetryAfterSeconds = answer.RetryAfterSeconds,
            WaitedMs = (uint)Math.Clamp(waited.TotalMilliseconds, 0, uint.MaxValue),
            Verdict = answer.Verdict.Span,
        };
        byte[] content = new byte[result.Size];
        result.Write(content);
        return content;
    }
}
