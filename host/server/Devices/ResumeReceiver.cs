using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>
/// Lets devices come back with a ticket (SPEC 7.9). One RESUME's way:
/// <code>
/// ticket opened, its lifetime and epoch → home shard → tag → pending session made, or found again → its key → RESUME_ACK
/// </code>
/// Nothing of the device's present session changes before a heartbeat of the new one has come (<see cref="EquipmentList.Activate"/>).
/// Whatever fails is counted and gets no answer. Allocates nothing. Owned by the datagram loop.
/// </summary>
/// <remarks>
/// Tickets have an AEAD of their own, which this owns: nearly all are under one key, whose set-up is then kept from one to the next.
/// </remarks>
internal sealed class ResumeReceiver(
    byte number, ShardMap map, EquipmentList list, Func<TicketKeys> tickets, NodeKeys nodeKeys, HeartbeatRhythm rhythm, int retryAfterSeconds, IPacketAead aead,
    IPacketAead ticketAead, IConnectionCrypto crypto, IEntropy entropy, ShardCounters counters, TimeProvider time) : IDisposable
{
    private readonly byte[] _content = GC.AllocateUninitializedArray<byte>(Ticket.ContentSize, pinned: true);
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(PacketAeadExtensions.KeySize, pinned: true);
    private readonly byte[] _next = GC.AllocateUninitializedArray<byte>(2 * ResumeKeys.KeySize, pinned: true);
    private readonly byte[] _ticket = new byte[Ticket.Size];

    /// <summary>Takes a RESUME.</summary>
    /// <param name="batch">Takes the answer.</param>
    /// <param name="arrival">The datagram.</param>
    /// <param name="home">The shard where its device is at home; where that is another one nothing was done, and it is to be handed over.</param>
    public RejectReason Take(ref DatagramBatch batch, in Arrival arrival, out byte home)
    {
        home = number;
        var reason = Resume.TryRead(arrival.Payload, out var resume);
        if (reason != RejectReason.None) return reason;
        var now = time.GetUtcNow();
        reason = tickets().TryOpen(resume.Ticket, Seconds(now), ticketAead, _content, out var ticket);
        if (reason != RejectReason.None) return reason;
        home = map.HomeOf(ticket.Device);
        if (home == number) reason = Answer(ref batch, arrival, ticket, now);
        // It holds keys.
        CryptographicOperations.ZeroMemory(_content);
        return reason;
    }

    public void Dispose() => ticketAead.Dispose();

    private RejectReason Answer(ref DatagramBatch batch, in Arrival arrival, scoped Ticket ticket, DateTimeOffset at)
    {
        var reason = Resume.TryOpen(arrival.Payload, ticket.AuthKey, aead, out var resume);
        if (reason != RejectReason.None) return reason;
        uint now = Seconds(at);
        var asked = new PendingSession(ticket.Device, ticket.RegisteredIp, ticket.Record, ticket.SecondsLeft(now), resume.ClientNonce, arrival.Source);
        var outcome = list.TryOpenPending(asked, batch.NowMs, out var cid, out var serverNonce);
        if (outcome == ResumeOutcome.Full)
        {
            counters.Resumed(ResumeOutcome.Full);
            Refuse(ref batch, arrival, ticket, resume.ClientNonce, at);
            return RejectReason.None;
        }
        ref var slot = ref list.Find(cid);
        if (outcome == ResumeOutcome.Pending) ResumeKeys.DeriveSession(ticket.RootKey, resume.ClientNonce, serverNonce, cid, ticket.Device, slot.Key, crypto);
        counters.Resumed(outcome);
        bool renews = resume.NewTicket || ticket.IsPastHalf(now);
        if (renews) Renew(ticket, resume.ClientNonce, serverNonce, cid, now);
        Span<byte> token = stackalloc byte[Reset.TokenSize];
        nodeKeys.WriteResetToken(cid, token);
        new ResumeAck
        {
            Cid = cid,
            SealNonce = entropy.NextUInt64(),
            ServerNonce = serverNonce,
            Status = ResumeStatus.Resumed,
            Missed = (byte)rhythm.Missed,
            Interval = (ushort)rhythm.IntervalTenths,
            AckEvery = (byte)rhythm.AckEvery,
            Observed = arrival.Source,
            NodeId = nodeKeys.NodeId,
            LifetimeSeconds = ticket.SecondsLeft(now),
            UnixMs = (ulong)at.ToUnixTimeMilliseconds(),
            ResetToken = BinaryPrimitives.ReadUInt128BigEndian(token),
            Ticket = renews ? _ticket : default(ReadOnlySpan<byte>),
        }.Seal(arrival.Reply(ref batch, ResumeAck.Size), slot.Key, aead);
        return RejectReason.None;
    }

    /// <summary>There is no session, but a key all the same, so that nobody else can send a device away.</summary>
    private void Refuse(ref DatagramBatch batch, in Arrival arrival, scoped Ticket ticket, UInt128 clientNonce, DateTimeOffset at)
    {
        var serverNonce = entropy.NextUInt128();
        ResumeKeys.DeriveSession(ticket.RootKey, clientNonce, serverNonce, default, ticket.Device, _key, crypto);
        new ResumeAck
        {
            Cid = default,
            SealNonce = entropy.NextUInt64(),
            ServerNonce = serverNonce,
            Status = ResumeStatus.Full,
            RetryAfterSeconds = (ushort)Math.Max(1, retryAfterSeconds),
            Observed = arrival.Source,
            NodeId = nodeKeys.NodeId,
            UnixMs = (ulong)at.ToUnixTimeMilliseconds(),
        }.Seal(arrival.Reply(ref batch, ResumeAck.Size), _key, aead);
        CryptographicOperations.ZeroMemory(_key);
    }

    /// <summary>Another ticket, under keys that only the two of us can derive; it ends when this one does.</summary>
    private void Renew(scoped Ticket ticket, UInt128 clientNonce, UInt128 serverNonce, Cid cid, uint now)
    {
        ResumeKeys.DeriveNext(ticket.RootKey, clientNonce, serverNonce, cid, ticket.Device, _next);
        tickets().Seal(
            new Ticket
            {
                Device = ticket.Device,
                AuthKey = _next.AsSpan(0, ResumeKeys.KeySize),
                RootKey = _next.AsSpan(ResumeKeys.KeySize),
                RegisteredIp = ticket.RegisteredIp,
                Record = ticket.Record,
                IssuedAt = now,
                ExpiresAt = ticket.ExpiresAt,
            },
            _ticket, ticketAead, entropy);
        CryptographicOperations.ZeroMemory(_next);
    }

    private static uint Seconds(DateTimeOffset at) => unchecked((uint)at.ToUnixTimeSeconds());
}
