using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>
/// One handshake of SPEC 4, message by message, put together from the SPEC's layouts and the key schedule, without the machines:
/// so the machines can be held to it.
/// </summary>
internal sealed class HandshakeVector : IDisposable
{
    private readonly CipherSuite _suite;
    private readonly List<byte> _transcript = [];
    private readonly RecordProtection _clientApplication;
    private readonly RecordProtection _serverApplication;

    /// <param name="name">Under which its signatures are kept.</param>
    /// <param name="role">The client's.</param>
    /// <param name="suite">The server offers it and those below.</param>
    /// <param name="wakeId">Of role 3; else empty.</param>
    /// <param name="certificate">The one certificate of the chain.</param>
    /// <param name="observed">The client's address.</param>
    /// <param name="file">Keeps the signatures.</param>
    /// <param name="cached">The client names the chain, the server agrees (SPEC 4.9, one round trip).</param>
    /// <param name="cookieFor">The cookie for a HELLO up to its cookie field: the server asks for it by RETRY. Null: it doesn't ask.</param>
    /// <param name="ticket">The ticket that the device shows; null for none.</param>
    /// <param name="binderFor">The binder for a HELLO up to it, with a ticket.</param>
    public HandshakeVector(string name, byte role, CipherSuite suite, byte[] wakeId, byte[] certificate, TransportAddress observed, KnownAnswers file,
        bool cached = false, Func<byte[], byte[]>? cookieFor = null, byte[]? ticket = null, Func<byte[], byte[]>? binderFor = null)
    {
        _suite = suite;
        bool p384 = suite == CipherSuite.P384;
        var client = p384 ? VectorKeys.Client384 : VectorKeys.Client256;
        var server = p384 ? VectorKeys.Server384 : VectorKeys.Server256;
        ushort serverSuites = (ushort)(p384 ? 3 : 1);
        Json["role"] = role;
        Json["suite"] = suite.Number;
        Hex("client_ephemeral_private", client.D!);
        Hex("server_ephemeral_private", server.D!);

        byte[] serverName = [.. "relay.example"u8];
        byte[] chain = [.. U16(certificate.Length), .. certificate];
        byte[] head =
        [
            .. "FRL1"u8, role, 0, 1, 1, 0, 3, .. Counting(0), .. cached ? SHA256.HashData(chain) : new byte[32],
            (byte)serverName.Length, .. serverName, (byte)wakeId.Length, .. wakeId, .. U16(ticket?.Length ?? 0), .. ticket ?? [],
        ];
        if (binderFor is not null) head = [.. head, .. binderFor(head)];
        byte[] cookie = [];
        if (cookieFor is not null)
        {
            cookie = cookieFor(head);
            // After RETRY only the second HELLO counts (SPEC 4.8): these two don't enter the transcript.
            Hex("first_hello", Frame(FrameType.Hello, Hello(head, [])));
            Hex("retry", Frame(FrameType.Retry, [.. U16(cookie.Length), .. cookie]));
        }
        Hex("hello", Frame(FrameType.Hello, Enter(FrameType.Hello, Hello(head, cookie))));
        byte[] sentChain = cached ? [] : chain;
        byte[] cert =
            [1, 1, (byte)(cached ? 1 : 0), 0, .. U16(suite.Number), .. U16(serverSuites), .. Counting(128), .. U16(sentChain.Length), .. sentChain];
        Hex("cert", Frame(FrameType.Certificate, Enter(FrameType.Certificate, cert)));
        Hex("ckey", Frame(FrameType.ClientKey, Enter(FrameType.ClientKey, VectorKeys.Point(client))));
        Hex("skey", Frame(FrameType.ServerKey, Enter(FrameType.ServerKey, VectorKeys.Point(server))));

        byte[] z;
        using (var own = ECDiffieHellman.Create(client))
        using (var peer = ECDiffieHellman.Create(server))
            z = own.DeriveRawSecretAgreement(peer.PublicKey);
        Hex("z", z);
        using var schedule = new KeySchedule(suite, z);
        Hex("th_skey", Th());
        Hex("early_secret", schedule.EarlySecret);
        Hex("handshake_secret", schedule.HandshakeSecret.ToArray());
        Hex("common_key", schedule.CommonKey.ToArray());
        byte[] clientHandshake = Hex("c_hs", Secret(s => schedule.HandshakeTraffic(true, Th(), s)));
        byte[] serverHandshake = Hex("s_hs", Secret(s => schedule.HandshakeTraffic(false, Th(), s)));
        using var clientHs = new RecordProtection(suite, clientHandshake);
        using var serverHs = new RecordProtection(suite, serverHandshake);

        using (var leaf = ECDsa.Create(VectorKeys.Leaf))
        {
            byte[] input = Hex("server_sig_input", SignatureInput("FastRelay v1 server signature"));
            byte[] signature = file.Signature(name + "_server_sig", leaf, input);
            Hex("server_sig", Seal(serverHs, InnerType.Signature, Enter(InnerType.Signature, signature)));
        }
        byte[] serverFin = Hex("server_fin_content", Secret(s => schedule.Finished(serverHandshake, Th(), s)));
        Hex("server_fin", Seal(serverHs, InnerType.Finished, Enter(InnerType.Finished, serverFin)));
        Hex("th_server_fin", Th());
        byte[] clientSecret = Hex("c_ap", Secret(s => schedule.ApplicationTraffic(true, Th(), s)));
        byte[] serverSecret = Hex("s_ap", Secret(s => schedule.ApplicationTraffic(false, Th(), s)));
        Exporter = Hex("exp", Secret(s => schedule.Exporter(Th(), s)));
        Hex("c_ap_key", Expand(clientSecret, "key", [], 32));
        Hex("c_ap_iv", Expand(clientSecret, "iv", [], 12));
        Hex("c_ap_next", Expand(clientSecret, "traffic upd", [], suite.HashSize));

        if (role != 1)
        {
            byte[] id = [1, .. U16(65), .. VectorKeys.Point(VectorKeys.Identity)];
            Hex("client_id", Seal(clientHs, InnerType.ClientIdentity, Enter(InnerType.ClientIdentity, id)));
            using var identity = ECDsa.Create(VectorKeys.Identity);
            byte[] input = Hex("client_sig_input", SignatureInput("FastRelay v1 client signature"));
            byte[] signature = file.Signature(name + "_client_sig", identity, input);
            Hex("client_sig", Seal(clientHs, InnerType.Signature, Enter(InnerType.Signature, signature)));
        }
        byte[] clientFin = Hex("client_fin_content", Secret(s => schedule.Finished(clientHandshake, Th(), s)));
        Hex("client_fin", Seal(clientHs, InnerType.Finished, Enter(InnerType.Finished, clientFin)));
        Hex("res", Expand(schedule.CommonKey.ToArray(), "res master", Th(), suite.HashSize));

        _clientApplication = new RecordProtection(suite, clientSecret);
        _serverApplication = new RecordProtection(suite, serverSecret);
        byte[] address = new byte[TransportAddress.Size];
        observed.Write(address);
        FromServer("observed", InnerType.Observed, address);
    }

    public JsonObject Json { get; } = [];

    public byte[] Exporter { get; }

    /// <summary>Adds an application record from the server: its content and its bytes on the wire.</summary>
    public void FromServer(string name, byte type, byte[] content) => Add(name, _serverApplication, type, content);

    /// <summary>Adds an application record from the client.</summary>
    public void FromClient(string name, byte type, byte[] content) => Add(name, _clientApplication, type, content);

    /// <summary>Adds a KEY_UPDATE from the client; its next record is under the next secret.</summary>
    public void UpdateClient(string name)
    {
        Hex(name, Seal(_clientApplication, InnerType.KeyUpdate, []));
        _clientApplication.Update();
    }

    public byte[] Expand(byte[] secret, string label, byte[] context, int length)
    {
        byte[] output = new byte[length];
        LabelledHkdf.Expand(_suite.Hash, secret, label, context, output);
        return output;
    }

    public void Dispose()
    {
        _clientApplication.Dispose();
        _serverApplication.Dispose();
    }

    private void Add(string name, RecordProtection sender, byte type, byte[] content)
    {
        Hex(name + "_content", content);
        Hex(name, Seal(sender, type, content));
    }

    private byte[] Enter(byte type, byte[] content)
    {
        _transcript.AddRange([type, 1, .. U16(content.Length), .. content]);
        return content;
    }

    private byte[] Th() => CryptographicOperations.HashData(_suite.Hash, [.. _transcript]);

    private byte[] SignatureInput(string context) =>
        [.. Enumerable.Repeat((byte)0x20, 64), .. System.Text.Encoding.ASCII.GetBytes(context), 0, .. Th()];

    private byte[] Secret(Action<byte[]> fill)
    {
        byte[] secret = new byte[_suite.HashSize];
        fill(secret);
        return secret;
    }

    private byte[] Hex(string name, byte[] value)
    {
        Json[name] = Convert.ToHexStringLower(value);
        return value;
    }

    private static byte[] Hello(byte[] head, byte[] cookie)
    {
        byte[] hello = [.. head, .. U16(cookie.Length), .. cookie];
        return [.. hello, .. new byte[Math.Max(0, 252 - hello.Length)]];
    }

    private static byte[] Frame(byte type, byte[] payload) => [type, 1, .. U16(payload.Length), .. payload];

    private static byte[] Seal(RecordProtection sender, byte type, byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        sender.Seal(type, content, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Counting(int from) => [.. Enumerable.Range(from, 32).Select(static i => (byte)i)];

    private static byte[] U16(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
