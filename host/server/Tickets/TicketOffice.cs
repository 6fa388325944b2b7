using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Tickets;

/// <summary>
/// Tickets on TCP: gives one with each registration (SPEC 6.3), and knows the devices that show theirs in HELLO (4.12). Thread-safe: the
/// work under the lock takes some microseconds, the rest of a handshake hundreds.
/// </summary>
internal sealed class TicketOffice(TicketKeyStore keys, IEntropy entropy, ServerCounters counters) : ITicketJudge, IDisposable
{
    private readonly Lock _gate = new();
    private readonly PlatformPacketAead _aead = new(capacity: 64); // more than there are ticket keys

    /// <summary>The ticket of a session that has just been registered.</summary>
    /// <param name="channel">The registration's connection, from whose exporter the ticket's keys come.</param>
    /// <param name="cid">The session.</param>
    /// <param name="device">Who registered.</param>
    /// <param name="source">From where.</param>
    /// <param name="record">Where the list keeps its descriptor.</param>
    public byte[] Give(SecureChannel channel, Cid cid, DeviceId device, TransportAddress source, uint record)
    {
        using var resumeKeys = ResumeKeys.OfRegistration(channel, cid, device);
        uint now = keys.Now;
        var ticket = new Ticket
        {
            Device = device,
            AuthKey = resumeKeys.Auth,
            RootKey = resumeKeys.Root,
            RegisteredIp = source.Ip,
            Record = record,
            IssuedAt = now,
            ExpiresAt = unchecked(now + keys.Lifetime),
        };
        byte[] bytes = new byte[Ticket.Size];
        lock (_gate) keys.Current.Seal(ticket, bytes, _aead, entropy);
        return bytes;
    }

    /// <inheritdoc/>
    public DeviceId? Judge(in Hello hello, DateTimeOffset now)
    {
        Span<byte> room = stackalloc byte[Ticket.ContentSize];
        DeviceId? device = null;
        lock (_gate)
        {
            if (keys.Current.TryOpen(hello.Ticket, (uint)now.ToUnixTimeSeconds(), _aead, room, out var ticket) == RejectReason.None
                && ResumeKeys.IsBinder(ticket.RootKey, hello.BeforeBinder, hello.Binder))
            {
                device = ticket.Device;
            }
        }
        CryptographicOperations.ZeroMemory(room);
        counters.TicketShown(device is not null);
        return device;
    }

    public void Dispose()
    {
        lock (_gate) _aead.Dispose();
    }
}
