using System.Buffers.Binary;
using System.Net;
using FastRelay.Equipment.Links;
using FastRelay.Equipment.State;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// Registers the device by TCP, role 2 (SPEC 6.2, 6.3), and publishes its descriptor (SPEC 8.2): a new one when the last is a day old,
/// so that what issuers fetch is good for weeks.
/// </summary>
internal sealed class Registrar(LinkSettings settings, DeviceState state, RequestGate gate, DeviceOptions options)
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(30);
    private static readonly TimeSpan RenewAfter = TimeSpan.FromDays(1);

    private Descriptor? _descriptor;
    private DateTimeOffset _madeAt;

    /// <summary>Registers once.</summary>
    /// <exception cref="EquipmentException">It didn't work; <see cref="EquipmentException.RetryAfter"/> where the server said so.</exception>
    public async Task<Registration> RegisterAsync(CancellationToken cancellationToken)
    {
        await using var link = await ServerLink.ConnectAsync(settings, ConnectionRole.Register, state.IdentityKey, 0, null, cancellationToken);
        using var timeout = new CancellationTokenSource(settings.Timeout, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await link.SendAsync(InnerType.Register, RegisterContent(), Signal.Register, either.Token);
            if (await link.ReceiveAsync(either.Token) is not { Type: InnerType.Registered } message
                || Registered.TryParse(message.Content.Span, out var registered) != RejectReason.None)
            {
                throw link.Closed is null ? LinkFailure.Malformed() : LinkFailure.Lost();
            }
            link.Report(Signal.Registered, message);
            if (registered.Status != RegisterStatus.Registered) throw Refused(registered);
            gate.SetPolicy(new DialPolicy(TransportAddress.From(link.Remote), options.AllowPrivilegedPorts));
            return Take(registered, link);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            link.Abort();
            throw LinkFailure.NoAnswer(settings.Server);
        }
        catch
        {
            link.Abort();
            throw;
        }
    }

    /// <summary>Goes on from an earlier run that a ticket brings back: what issuers are told of the device is still good.</summary>
    public void Restore(ReturnTicket ticket)
    {
        _descriptor = ticket.Descriptor;
        _madeAt = ticket.IssuedAt;
        gate.Publish(ticket.Descriptor, state.AgreementKey, settings.Time.GetUtcNow());
        gate.SetPolicy(new DialPolicy(TransportAddress.From(ticket.Server), options.AllowPrivilegedPorts));
    }

    private byte[] RegisterContent()
    {
        var now = settings.Time.GetUtcNow();
        // A clock that was set back by more than a day makes a new one too: the old one may end too late to be believed.
        if (_descriptor is null || (now - _madeAt).Duration() >= RenewAfter)
        {
            _descriptor = Descriptor.Create(state.IdentityKey, state.AgreementKey, state.Password!, now + Validity);
            _madeAt = now;
            gate.Publish(_descriptor, state.AgreementKey);
        }
        var register = new Register
        {
            IntervalWish = (ushort)((options.HeartbeatInterval?.TotalMilliseconds ?? 0) / 100),
            Descriptor = _descriptor.Bytes,
        };
        byte[] content = new byte[register.Size];
        register.Write(content);
        return content;
    }

    private Registration Take(in Registered registered, ServerLink link)
    {
        Span<byte> context = stackalloc byte[Cid.Size + DeviceId.Size];
        registered.Cid.Write(context);
        state.Id.Write(context[Cid.Size..]);
        byte[] key = new byte[32];
        link.Channel.Export("udp", context, key);
        byte[] token = new byte[Reset.TokenSize];
        BinaryPrimitives.WriteUInt128BigEndian(token, registered.ResetToken);
        int port = registered.UdpPort == 0 ? settings.Server.Port : registered.UdpPort;
        var server = new IPEndPoint(link.Remote.Address, port);
        var lifetime = TimeSpan.FromSeconds(registered.LifetimeSeconds);
        var now = settings.Time.GetUtcNow();
        return new Registration
        {
            Key = key,
            Cid = registered.Cid,
            ResetToken = token,
            Server = server,
            Interval = registered.Interval,
            AckEvery = registered.AckEvery,
            Lifetime = lifetime,
            Observed = link.Observed,
            Ticket = registered.Ticket.IsEmpty ? null : new ReturnTicket(
                registered.Ticket, ResumeKeys.OfRegistration(link.Channel, registered.Cid, state.Id), (byte)registered.Cid.Slot, server,
                now, now + lifetime, _descriptor!),
        };
    }

    private EquipmentException Refused(in Registered registered)
    {
        var (error, message) = registered.Status switch
        {
            RegisterStatus.Full => (EquipmentError.Limited,
                $"The server {settings.Server} is full; have its operator raise its limit of devices."),
            RegisterStatus.Refused => (EquipmentError.Unavailable,
                $"The server {settings.Server} refuses this device: as many as it allows are registered from this address; "
                + "have its operator raise limits:devicesPerPrefix."),
            _ => (EquipmentError.Protocol,
                $"The server {settings.Server} takes this device's descriptor for wrong; check both clocks and versions."),
        };
        return new EquipmentException(error, message) { RetryAfter = TimeSpan.FromSeconds(registered.RetryAfterSeconds) };
    }
}
