using System.Buffers.Binary;
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
internal sealed class IssuerSession(IssuerRole role, SecureConnection connection) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Task> _open = [];
    private readonly CancellationTokenSource _gone = new();
    private long? _lastBusy;

    public async Task RunAsync()
    {
        var end = await MessagesAsync();
        // After CLOSE the issuer still takes what it asked for; without one it is gone, and its devices needn't be woken.
        if (end is MessageEnd.Closed or MessageEnd.Malformed or MessageEnd.Stopping) await _gone.CancelAsync();
        await Task.WhenAll(OpenRequests());
        if (end == MessageEnd.Idle) await connection.CloseAsync(CloseReason.Idle);
        else if (end == MessageEnd.Stopping) await connection.CloseAsync(CloseReason.GoingAway);
        else if (end == MessageEnd.None) await connection.CloseAsync(CloseReason.Done);
    }

    public void Dispose() => _gone.Dispose();

    /// <returns>Why no more come; <see cref="MessageEnd.None"/> for the issuer's CLOSE.</returns>
    private async Task<MessageEnd> MessagesAsync()
    {
        var patience = role.Options.Deadlines.FirstMessage;
        while (true)
        {
            var message = await connection.ReadAsync(patience);
            patience = role.Options.Deadlines.IssuerIdle;
            switch (message)
            {
                case { End: MessageEnd.Idle } when StillBusy(out patience):
                    continue;
                case { End: not MessageEnd.None }:
                    return message.End;
                case { Type: InnerType.Close }:
                    return MessageEnd.None;
                case { Type: InnerType.DescriptorGet }:
                    if (!await AnswerDescriptorAsync(message)) return MessageEnd.Malformed;
                    break;
                case { Type: InnerType.Connect1 }:
                    if (!TakeRequest(message)) return MessageEnd.Malformed;
                    break;
                default:
                    connection.Reject(RejectReason.OutOfOrder);
                    return MessageEnd.Malformed;
            }
        }
    }

    private async Task<bool> AnswerDescriptorAsync(Message message)
    {
        var reason = DescriptorGet.TryParse(message.Content.Span, out var get);
        if (reason != RejectReason.None)
        {
            connection.Reject(reason);
            return false;
        }
        connection.Trace.Received(Signal.DescriptorGet, connection.Role, message.Bytes, connection.Peer);
        byte[] descriptor = await role.Plane.DescriptorAsync(get.Device) ?? [];
        return await connection.SendAsync(InnerType.Descriptor, Reply(get.Device, descriptor), Signal.Descriptor);

        static byte[] Reply(DeviceId device, byte[] descriptor)
        {
            var reply = new DescriptorReply { Device = device, Descriptor = descriptor };
            byte[] content = new byte[reply.Size];
            reply.Write(content);
            return content;
        }
    }

    /// <returns>False when the message is malformed.</returns>
    private bool TakeRequest(Message message)
    {
        long started = role.Time.GetTimestamp();
        var reason = Connect1.TryParse(message.Content.Span, out var request);
        uint reference = request.Ref;
        lock (_gate)
        {
            if (reason == RejectReason.None && _open.ContainsKey(reference)) reason = RejectReason.BadValue;
            if (reason != RejectReason.None)
            {
                connection.Reject(reason);
                return false;
            }
            connection.Trace.Received(Signal.FirstRequest, connection.Role, message.Bytes, connection.Peer);
            // Refused at once, they still count as open until their RESULT is sent, so that nobody queues without bound.
            IssuerAnswer? refused =
                request.Address != connection.Peer ? IssuerAnswer.AddressRefused
                : _open.Count >= role.Options.Limits.OpenRequests ? IssuerAnswer.Limited(1)
                : null;
            if (_open.Count >= 2 * role.Options.Limits.OpenRequests) return false;
            var pending = refused is null ? new PendingRequest(NewId(out ulong id), request.Device, SecondRequest(id, request)) : null;
            var patience = Patience(request.Timeout);
            _open[reference] = Task.Run(() => AnswerAsync(reference, pending, refused, patience, started));
        }
        return true;
    }

    private async Task AnswerAsync(uint reference, PendingRequest? pending, IssuerAnswer? refused, TimeSpan patience, long started)
    {
        role.Counters.RequestOpened();
        try
        {
            var outcome = refused ?? await role.Broker.AskAsync(pending!, connection.Peer, patience, _gone.Token);
            var waited = role.Time.GetElapsedTime(started);
            role.Counters.ResultSent(outcome.Status);
            role.Metrics.RequestAnswered(waited);
            await connection.SendAsync(InnerType.Result, Content(reference, outcome, waited), Signal.Result);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there to be told.
        }
        finally
        {
            role.Counters.RequestEnded();
            lock (_gate)
            {
                _open.Remove(reference);
                _lastBusy = role.Time.GetTimestamp();
            }
        }
    }

    /// <summary>Idle counts from the end of the last open request (SPEC 10.1).</summary>
    private bool StillBusy(out TimeSpan patience)
    {
        lock (_gate)
        {
            patience = role.Options.Deadlines.IssuerIdle;
            if (_open.Count > 0) return true;
            if (_lastBusy is { } last) patience -= role.Time.GetElapsedTime(last);
            return _lastBusy is not null && patience > TimeSpan.Zero;
        }
    }

    private Task[] OpenRequests()
    {
        lock (_gate) return [.. _open.Values];
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

    private ulong NewId(out ulong id)
    {
        Span<byte> bytes = stackalloc byte[8];
        role.Entropy.Fill(bytes);
        return id = BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private static byte[] Content(uint reference, IssuerAnswer outcome, TimeSpan waited)
    {
        var result = new Result
        {
            Ref = reference,
            Status = outcome.Status,
            RetryAfterSeconds = outcome.RetryAfterSeconds,
            WaitedMs = (uint)Math.Clamp(waited.TotalMilliseconds, 0, uint.MaxValue),
            Verdict = outcome.Verdict.Span,
        };
        byte[] content = new byte[result.Size];
        result.Write(content);
        return content;
    }
}
