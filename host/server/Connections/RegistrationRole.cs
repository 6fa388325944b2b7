using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Limits;
using FastRelay.Server.Metrics;
using FastRelay.Server.Options;
using FastRelay.Server.Tickets;

namespace FastRelay.Server.Connections;

/// <summary>
/// A device registers (role 2): REGISTER → descriptor checked → stored in the list → REGISTERED → closed (SPEC 6.2, 6.3).
/// </summary>
internal sealed class RegistrationRole(
    IDevicePlane plane, IConnectionCrypto crypto, NodeKeys nodeKeys, TicketOffice tickets, ReturnSpread spread, RelayServerOptions options, ServerCounters counters,
    TimeProvider time)
{
    /// <summary>Runs the connection to its end.</summary>
    /// <param name="connection">The established connection.</param>
    /// <param name="device">The ID of the key that signed the handshake.</param>
    public async Task RunAsync(SecureConnection connection, DeviceId device)
    {
        var message = await connection.ReadAsync(options.Deadlines.FirstMessage);
        if (message.End == MessageEnd.Stopping) await connection.CloseAsync(CloseReason.GoingAway);
        if (message.End == MessageEnd.Idle) await connection.CloseAsync(CloseReason.Idle);
        if (message.End != MessageEnd.None || message.Type == InnerType.Close) return;
        if (message.Type != InnerType.Register)
        {
            connection.Reject(RejectReason.OutOfOrder);
            return;
        }
        connection.Trace.Received(Signal.Register, connection.Role, message.Bytes, connection.Peer);
        if (ReadDescriptor(connection, message, device, out byte[]? descriptor) is { } status)
        {
            var outcome = descriptor is null
                ? new RegistrationOutcome(status, default)
                : await plane.RegisterAsync(new DeviceRegistration(device, descriptor, connection.Peer, connection.Channel));
            counters.RegistrationAnswered(outcome.Status);
            await connection.SendAsync(InnerType.Registered, Reply(outcome, connection, device), Signal.Registered);
            await connection.CloseAsync(CloseReason.Done);
        }
    }

    /// <returns>Null when the message is malformed; else the status, with the descriptor when it is good.</returns>
    private RegisterStatus? ReadDescriptor(SecureConnection connection, Message message, DeviceId device, out byte[]? descriptor)
    {
        descriptor = null;
        var reason = Register.TryParse(message.Content.Span, out var register);
        if (reason != RejectReason.None)
        {
            connection.Reject(reason);
            return null;
        }
        reason = Descriptor.TryParse(register.Descriptor, out var parsed);
        // The ID is that of the key in CLIENT_ID, so this also checks that id_pub is that key (SPEC 6.2).
        if (reason == RejectReason.None) reason = parsed!.Verify(device, time.GetUtcNow(), crypto);
        if (reason != RejectReason.None)
        {
            counters.StreamRejected(reason);
            return RegisterStatus.BadDescriptor;
        }
        descriptor = register.Descriptor.ToArray();
        return RegisterStatus.Registered;
    }

    private byte[] Reply(in RegistrationOutcome outcome, SecureConnection connection, DeviceId device)
    {
        bool taken = outcome.Status == RegisterStatus.Registered;
        Span<byte> token = stackalloc byte[Reset.TokenSize];
        if (taken) nodeKeys.WriteResetToken(outcome.Cid, token);
        var registered = new Registered
        {
            Status = outcome.Status,
            RetryAfterSeconds = taken ? (ushort)0 : spread.Next(),
            Cid = outcome.Cid,
            ResetToken = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(token),
            Interval = (ushort)(options.Heartbeat.Interval.TotalMilliseconds / 100),
            AckEvery = (byte)options.Heartbeat.AckEvery,
            Missed = (byte)options.Heartbeat.Missed,
            UdpPort = 0,
            NodeId = nodeKeys.NodeId,
            LifetimeSeconds = (uint)options.Heartbeat.SessionLifetime.TotalSeconds,
            UnixMs = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds(),
            Ticket = taken ? tickets.Give(connection.Channel, outcome.Cid, device, connection.Peer, outcome.Record) : default,
        };
        byte[] content = new byte[registered.Size];
        registered.Write(content);
        return content;
    }
}
