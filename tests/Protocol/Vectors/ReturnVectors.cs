using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>The ticket of the vectors' registration, and the device's return with it (SPEC 4.12, 7.9).</summary>
internal sealed class ReturnVectors : IDisposable
{
    private const uint Epoch = 3;
    private const uint KeyId = 0x7E57CA5E;
    private const uint Lifetime = 604_800;
    private static readonly uint Now = (uint)VectorGenerator.Now.ToUnixTimeSeconds();
    private static readonly UInt128 ClientNonce = Number(0xC0);
    private static readonly UInt128 ServerNonce = Number(0x50);
    private static readonly Cid NewCid = new(0x0000_1A2A, 0x5EC0_17DA);

    private readonly PlatformPacketAead _aead = new();
    private readonly DeviceId _id;
    private readonly UInt128 _registeredIp;
    private readonly byte[] _sealKey;
    private readonly byte[] _file;
    private readonly TicketKeys _keys;
    private byte _nonces;

    public ReturnVectors(DeviceId id, TransportAddress registeredFrom, byte[] sealKey)
    {
        _id = id;
        _registeredIp = registeredFrom.Ip;
        _sealKey = sealKey;
        byte[] content = [.. U32(Epoch), .. U32(KeyId), .. U32(Now - 3_600), .. TicketKey];
        byte[] head = [.. "FRTK"u8, 1, 1, 0, 0], nonce = Counting(0xF0, 12), text = new byte[content.Length], tag = new byte[16];
        using (var gcm = new AesGcm(sealKey, 16)) gcm.Encrypt(nonce, content, text, tag, head);
        _file = [.. head, .. nonce, .. text, .. tag];
        TicketKeys.Import(_file, sealKey, _aead, out var keys).ShouldBe(RejectReason.None);
        _keys = keys!;
    }

    private static byte[] TicketKey => Counting(0x60, 32);

    /// <summary>The ticket for the keys that a registration gave, K_auth ‖ K_root.</summary>
    public byte[] Ticket(byte[] resumeKeys)
    {
        byte[] ticket = new byte[Protocol.Heartbeat.Ticket.Size];
        _keys.Seal(
            new Ticket
            {
                Device = _id,
                AuthKey = resumeKeys.AsSpan(0, 32),
                RootKey = resumeKeys.AsSpan(32),
                RegisteredIp = _registeredIp,
                Record = 4_711,
                IssuedAt = Now,
                ExpiresAt = Now + Lifetime,
            },
            ticket, _aead, new Nonces(Counting(_nonces += 0x10, 12)));
        return ticket;
    }

    public JsonObject Build(byte[] ticket, byte[] resumeKeys, byte[] resumeKeys384, byte[] resetTokenKey)
    {
        byte[] root = resumeKeys[32..], content = new byte[112];
        _keys.TryOpen(ticket, Now, _aead, content, out _).ShouldBe(RejectReason.None);
        byte[] key = Session(root, NewCid), full = Session(root, default), next = new byte[64];
        ResumeKeys.DeriveNext(root, ClientNonce, ServerNonce, NewCid, _id, next);
        byte[] nextTicket = Ticket(next), token = HMACSHA256.HashData(resetTokenKey, (byte[])[.. "frl1 reset"u8, 0, 0, 0, 7, .. Written(NewCid)])[..16];
        var ack = new ResumeAck
        {
            Cid = NewCid,
            SealNonce = 0x7172737475767778,
            ServerNonce = ServerNonce,
            Missed = 3,
            Interval = 250,
            AckEvery = 1,
            Observed = VectorGenerator.Issuer,
            NodeId = 7,
            LifetimeSeconds = Lifetime - 60,
            UnixMs = (ulong)VectorGenerator.Now.ToUnixTimeMilliseconds() + 60_000,
            ResetToken = BinaryPrimitives.ReadUInt128BigEndian(token),
        };
        var withTicket = new ResumeAck
        {
            Cid = ack.Cid,
            SealNonce = ack.SealNonce + 1,
            ServerNonce = ack.ServerNonce,
            Missed = ack.Missed,
            Interval = ack.Interval,
            AckEvery = ack.AckEvery,
            Observed = ack.Observed,
            NodeId = ack.NodeId,
            LifetimeSeconds = ack.LifetimeSeconds,
            UnixMs = ack.UnixMs,
            ResetToken = ack.ResetToken,
            Ticket = nextTicket,
        };
        var refusal = new ResumeAck
        {
            Cid = default,
            SealNonce = ack.SealNonce + 2,
            ServerNonce = ServerNonce,
            Status = ResumeStatus.Full,
            RetryAfterSeconds = 30,
            Observed = ack.Observed,
            NodeId = ack.NodeId,
            UnixMs = ack.UnixMs,
        };
        var resume = new Resume { Steer = 42, ClientNonce = ClientNonce, Ticket = ticket };
        var asking = new Resume { Steer = 42, ClientNonce = ClientNonce, Ticket = ticket, NewTicket = true };
        byte[] resumeBytes = new byte[256], askingBytes = new byte[256], ackBytes = new byte[256], withTicketBytes = new byte[256], refusalBytes = new byte[256];
        resume.Seal(resumeBytes, resumeKeys.AsSpan(0, 32), _aead);
        asking.Seal(askingBytes, resumeKeys.AsSpan(0, 32), _aead);
        ack.Seal(ackBytes, key, _aead);
        withTicket.Seal(withTicketBytes, key, _aead);
        refusal.Seal(refusalBytes, full, _aead);
        return new JsonObject
        {
            ["k_auth"] = Hex(resumeKeys[..32]),
            ["k_root"] = Hex(root),
            ["k_auth_suite2"] = Hex(resumeKeys384[..32]),
            ["k_root_suite2"] = Hex(resumeKeys384[32..]),
            ["hello_binder_key"] = Hex(Expand(root, "hello binder", [])),
            ["k_seal"] = Hex(_sealKey),
            ["ticket_keys_file"] = Hex(_file),
            ["ticket_key"] = Hex(TicketKey),
            ["ticket_content"] = Hex(content),
            ["ticket"] = Hex(ticket),
            ["client_nonce"] = Hex(Bytes(ClientNonce)),
            ["server_nonce"] = Hex(Bytes(ServerNonce)),
            ["steer"] = 42,
            ["resume"] = Hex(resumeBytes),
            ["resume_asking_for_a_ticket"] = Hex(askingBytes),
            ["cid"] = Hex(Written(NewCid)),
            ["k_udp"] = Hex(key),
            ["observed"] = Hex(Address(ack.Observed)),
            ["lifetime"] = ack.LifetimeSeconds,
            ["unix_ms"] = ack.UnixMs,
            ["reset_token"] = Hex(token),
            ["resume_ack"] = Hex(ackBytes),
            ["next_k_auth"] = Hex(next[..32]),
            ["next_k_root"] = Hex(next[32..]),
            ["next_ticket"] = Hex(nextTicket),
            ["resume_ack_with_ticket"] = Hex(withTicketBytes),
            ["k_udp_full"] = Hex(full),
            ["resume_ack_full_30s"] = Hex(refusalBytes),
        };
    }

    public void Dispose() => _aead.Dispose();

    private byte[] Session(byte[] root, Cid cid)
    {
        byte[] key = new byte[32];
        ResumeKeys.DeriveSession(root, ClientNonce, ServerNonce, cid, _id, key);
        return key;
    }

    private static byte[] Expand(byte[] secret, string label, byte[] context)
    {
        byte[] key = new byte[32];
        LabelledHkdf.Expand(secret, label, context, key);
        return key;
    }

    private static byte[] Address(TransportAddress address)
    {
        byte[] bytes = new byte[TransportAddress.Size];
        address.Write(bytes);
        return bytes;
    }

    private static byte[] Written(Cid cid)
    {
        byte[] bytes = new byte[Cid.Size];
        cid.Write(bytes);
        return bytes;
    }

    private static byte[] Counting(int from, int count) => [.. Enumerable.Range(from, count).Select(static i => (byte)i)];

    private static UInt128 Number(int from) => BinaryPrimitives.ReadUInt128BigEndian(Counting(from, 16));

    private static byte[] Bytes(UInt128 number)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] U32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private sealed class Nonces(byte[] nonce) : IEntropy
    {
        public void Fill(Span<byte> destination) => nonce.CopyTo(destination);

        public ECDiffieHellman CreateEphemeral(ECCurve curve) => throw new NotSupportedException();
    }
}
