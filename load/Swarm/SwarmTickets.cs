using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// How a swarm comes in without a handshake each: it mints its devices' tickets with the test server's own ticket key, as that server would
/// have given them at a registration, and shows them in RESUME (SPEC 7.9). Owned by one thread; nothing is allocated after it was made.
/// </summary>
/// <param name="swarm">Its devices.</param>
/// <param name="keys">The server's, from its data directory.</param>
/// <param name="now">When the tickets are made.</param>
/// <param name="lifetime">How long they are good.</param>
internal sealed class SwarmTickets(DeviceSwarm swarm, TicketKeys keys, DateTimeOffset now, TimeSpan lifetime)
{
    /// <summary>The server keeps no descriptor of these devices: nobody asks for them.</summary>
    private const uint NoRecord = uint.MaxValue;

    private readonly SwarmIdentities _identities = new(RandomNumberGenerator.GetBytes(PacketAeadExtensions.KeySize), swarm.Aead);
    private readonly GivenNonce _nonce = new();
    private readonly byte[] _body = new byte[ResumeAck.BodySize];

    /// <summary>Writes a device's RESUME: the very same bytes until it comes back another time (<see cref="SwarmDevice.Returns"/>).</summary>
    /// <returns>Bytes.</returns>
    public int WriteResume(Span<byte> datagram, in SwarmDevice device, int index)
    {
        var identity = _identities.Of(index);
        Span<byte> ticket = stackalloc byte[Ticket.Size];
        _nonce.Next = identity;
        keys.Seal(
            new Ticket
            {
                Device = identity.Device,
                AuthKey = identity.AuthKey,
                RootKey = identity.RootKey,
                RegisteredIp = new UInt128(0, 0xFFFF_0000_0000ul | swarm.Sockets.AddressOf(index)),
                Record = NoRecord,
                IssuedAt = (uint)now.ToUnixTimeSeconds(),
                ExpiresAt = (uint)(now + lifetime).ToUnixTimeSeconds(),
            },
            ticket, swarm.Aead, _nonce);
        var resume = new Resume { Steer = (byte)device.Slot, ClientNonce = _identities.Nonce(index, device.Returns), Ticket = ticket };
        return resume.Seal(datagram, identity.AuthKey, swarm.Aead);
    }

    /// <summary>Reads RESUME_ACK, and begins the session that it gives.</summary>
    /// <param name="datagram">What came.</param>
    /// <param name="device">Changed only when the result is <see cref="ResumeStatus.Resumed"/>.</param>
    /// <param name="index">Which.</param>
    /// <param name="retryAfterSeconds">When the server is full: how long it wants to be left alone.</param>
    /// <returns>Null when it isn't this device's genuine RESUME_ACK.</returns>
    public ResumeStatus? TryReadAck(ReadOnlySpan<byte> datagram, ref SwarmDevice device, int index, out int retryAfterSeconds)
    {
        retryAfterSeconds = 0;
        if (ResumeAck.TryRead(datagram, out var head) != RejectReason.None) return null;
        var identity = _identities.Of(index);
        Span<byte> key = stackalloc byte[ResumeKeys.KeySize];
        ResumeKeys.DeriveSession(identity.RootKey, _identities.Nonce(index, device.Returns), head.ServerNonce, head.Cid, identity.Device, key, swarm.Crypto);
        if (ResumeAck.TryOpen(datagram, key, swarm.Aead, _body, out var ack) != RejectReason.None) return null;
        if (ack.Status == ResumeStatus.Resumed) device.Begin(ack.Cid, key);
        retryAfterSeconds = ack.RetryAfterSeconds;
        return ack.Status;
    }

    /// <summary>Hands out the nonce of the ticket that is being sealed.</summary>
    private sealed class GivenNonce : IEntropy
    {
        public SwarmIdentities.Identity Next;

        public void Fill(Span<byte> destination) => Next.TicketNonce.CopyTo(destination);

        public ECDiffieHellman CreateEphemeral(ECCurve curve) => throw new NotSupportedException("A ticket's seal needs no key pair.");
    }
}
