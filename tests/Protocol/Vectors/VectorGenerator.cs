using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;
using HeartbeatMessage = FastRelay.Protocol.Wire.Heartbeat;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>
/// Makes protocol/vectors.json from fixed keys: one device, one issuer and one server, from the registration to the first data, each
/// message and secret on the way. Signatures and the certificate are random, so they are kept (<see cref="KnownAnswers"/>) and only verified.
/// </summary>
internal sealed class VectorGenerator(KnownAnswers file)
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
    public static readonly TransportAddress Issuer = TransportAddress.From(new(new IPAddress([203, 0, 113, 7]), 40123));
    private static readonly TransportAddress Device = TransportAddress.From(new(IPAddress.Parse("2001:db8::9"), 5000));
    private static readonly Cid Cid = new(42, 0x9F3C51E7);
    private static readonly byte[] WakeId = Convert.FromHexString("1122334455667788");
    private const ulong RequestId = 0xA1A2A3A4A5A6A7A8;
    private const uint NodeId = 7;

    private DeviceId _id;

    public JsonObject Build()
    {
        byte[] certificate = Certificate();
        byte[] descriptorBytes = Descriptor(out var password, out byte[] clientKey, out var identifiers, out var passwordJson);
        Protocol.Request.Descriptor.TryParse(descriptorBytes, out var descriptor).ShouldBe(RejectReason.None);
        descriptor!.Verify(_id, Now).ShouldBe(RejectReason.None);

        using var issuer = new HandshakeVector("issuer", 1, CipherSuite.P256, [], certificate, Issuer, file);
        using var register = new HandshakeVector("register", 2, CipherSuite.P256, [], certificate, Device, file);
        using var register384 = new HandshakeVector("register_suite2", 2, CipherSuite.P384, [], certificate, Device, file);
        using var wake = new HandshakeVector("wake", 3, CipherSuite.P256, WakeId, certificate, Device, file);

        using var issuer384 = new HandshakeVector("issuer_suite2", 1, CipherSuite.P384, [], certificate, Issuer, file);
        using var issuerCached = new HandshakeVector("issuer_cached", 1, CipherSuite.P256, [], certificate, Issuer, file, cached: true);
        using var issuerRetry = new HandshakeVector("issuer_retry", 1, CipherSuite.P256, [], certificate, Issuer, file, cookieFor: Cookie);

        byte[] context = new byte[32];
        SessionBinding.Context(_id, Issuer, context);
        byte[] binding = issuer.Expand(issuer.Exporter, "req bind", context, 32);
        var e2e = EndToEnd(descriptor, clientKey, binding, out byte[] e2e1, out byte[] verdict);
        // SHA-256 also where exp has 48 bytes (SPEC 6.7).
        e2e["sess_bind_suite2"] = Convert.ToHexStringLower(Bytes(32, b => LabelledHkdf.Expand(issuer384.Exporter, "req bind", context, b)));
        e2e["ping_two_candidates"] = FurtherVectors.PingWithTwoCandidates(_id, descriptor, clientKey, binding);
        var node = Node(out byte[] resetToken);
        byte[] cidAndId = [.. Bytes(8, Cid.Write), .. Bytes(16, _id.Write)];
        byte[] resumeKeys = register.Expand(register.Exporter, "resume", cidAndId, 64);
        byte[] resumeKeys384 = register384.Expand(register384.Exporter, "resume", cidAndId, 64);
        using var returns = new ReturnVectors(_id, Device, NodeKey(NodeSecret(), "node seal"));
        byte[] ticket = returns.Ticket(resumeKeys), ticket384 = returns.Ticket(resumeKeys384);
        Messages(issuer, (register, ticket), (register384, ticket384), wake, descriptorBytes, e2e1, verdict, binding, resetToken);
        using var registerTicket = new HandshakeVector(
            "register_ticket", 2, CipherSuite.P256, [], certificate, Device, file, ticket: ticket, binderFor: head => Binder(resumeKeys[32..], head));

        byte[] udpKey = register.Expand(register.Exporter, "udp", cidAndId, 32);
        var udp = Udp(udpKey, resetToken, e2e1, binding, verdict);
        udp["k_udp_suite2"] = Convert.ToHexStringLower(register384.Expand(register384.Exporter, "udp", cidAndId, 32));

        return new JsonObject
        {
            ["note"] = "Known answers for SPEC.md, bytes in hex. Everything follows from the private keys and the values under \"random\", "
                + "which holds what can't be made again: ECDSA signatures and the certificate. Verify those, reproduce the rest.",
            ["random"] = file.Random,
            ["identifiers"] = identifiers,
            ["password"] = passwordJson,
            ["descriptor"] = new JsonObject
            {
                ["kem_private"] = Convert.ToHexStringLower(VectorKeys.Agreement.D!),
                ["descriptor"] = Convert.ToHexStringLower(descriptorBytes),
                ["desc_hash"] = Convert.ToHexStringLower(descriptor.Hash),
            },
            ["handshakes"] = new JsonObject
            {
                ["issuer"] = issuer.Json,
                ["register"] = register.Json,
                ["register_suite2"] = register384.Json,
                ["wake"] = wake.Json,
                ["issuer_suite2"] = issuer384.Json,
                ["issuer_cached"] = issuerCached.Json,
                ["issuer_retry"] = issuerRetry.Json,
                ["register_ticket"] = registerTicket.Json,
            },
            ["unsealed"] = Unsealed(),
            ["padding"] = FurtherVectors.Padding(),
            ["node"] = node,
            ["udp"] = udp,
            ["return"] = returns.Build(ticket, resumeKeys, resumeKeys384, NodeKey(NodeSecret(), "node reset")),
            ["e2e"] = e2e,
        };
    }

    private byte[] Certificate() => file.Kept("certificate", Make, static der =>
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        using var key = certificate.GetECDsaPublicKey();
        return key!.ExportParameters(false).Q.X!.AsSpan().SequenceEqual(VectorKeys.Point(VectorKeys.Leaf).AsSpan(1, 32));
    });

    private static byte[] Make()
    {
        using var key = ECDsa.Create(VectorKeys.Leaf);
        var request = new CertificateRequest("CN=relay.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("relay.example");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, true));
        using var certificate = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(50));
        return certificate.RawData;
    }

    private byte[] Descriptor(out DevicePassword password, out byte[] clientKey, out JsonObject identifiers, out JsonObject passwordJson)
    {
        byte[] idPub = VectorKeys.Point(VectorKeys.Identity);
        _id = DeviceId.FromPublicKey(idPub);
        identifiers = new JsonObject
        {
            ["id_private"] = Convert.ToHexStringLower(VectorKeys.Identity.D!),
            ["id_pub"] = Convert.ToHexStringLower(idPub),
            ["device_id"] = Convert.ToHexStringLower(Bytes(16, _id.Write)),
            ["text"] = _id.ToString(),
        };
        byte[] salt = [.. Enumerable.Range(0, 16).Select(static i => (byte)i)];
        clientKey = new byte[32];
        byte[] storedKey = new byte[32];
        PasswordStretcher.ClientKey("correct horse", _id, salt, 600_000, clientKey);
        PasswordStretcher.StoredKey(clientKey, storedKey);
        password = new DevicePassword(salt, 600_000, storedKey);
        passwordJson = new JsonObject
        {
            ["password"] = "correct horse",
            ["salt"] = Convert.ToHexStringLower(salt),
            ["iterations"] = 600_000,
            ["client_key"] = Convert.ToHexStringLower(clientKey),
            ["stored_key"] = Convert.ToHexStringLower(storedKey),
        };

        byte[] unsigned =
        [
            1, 0, 0, 1, 0, 0x09, 0x27, 0xC0, .. Bytes(8, b => System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(b, 1_790_604_800)),
            .. salt, .. idPub, .. VectorKeys.Point(VectorKeys.Agreement),
        ];
        byte[] input = [.. Enumerable.Repeat((byte)0x20, 64), .. "FastRelay v1 descriptor"u8, 0, .. SHA256.HashData(unsigned)];
        using var identity = ECDsa.Create(VectorKeys.Identity);
        return [.. unsigned, .. file.Signature("descriptor_signature", identity, input)];
    }

    private JsonObject EndToEnd(Descriptor descriptor, byte[] clientKey, byte[] binding, out byte[] e2e1, out byte[] verdict)
    {
        var ephemerals = new SeededEntropy("vectors").WithEphemeral(VectorKeys.IssuerE2E);
        using var issuer = IssuerSession.Create(descriptor, clientKey, binding, RequestCapabilities.None, [Issuer], Now, ephemerals);
        e2e1 = issuer.E2E1.ToArray();
        using var agreement = ECDiffieHellman.Create(VectorKeys.Agreement);
        DeviceSession.TryOpen(e2e1, _id, agreement, out var device).ShouldBe(RejectReason.None);
        DeviceSession.TryOpen(e2e1, _id, agreement, out var refusing).ShouldBe(RejectReason.None);
        verdict = new byte[CommReq.Message2Size];
        byte[] commReq = new byte[CommReq.Size];
        EndToEndChannel deviceChannel;
        byte[] nonce;
        using (device)
        using (refusing)
        {
            nonce = device!.Request.Nonce.ToArray();
            refusing!.WriteVerdict(Verdict.PasswordRefused, ephemerals.WithEphemeral(VectorKeys.DeviceE2E), verdict);
            device.WriteCommReq(ephemerals.WithEphemeral(VectorKeys.DeviceE2E), commReq, out deviceChannel);
        }
        issuer.TryAcceptCommReq(commReq, out var issuerChannel).ShouldBe(RejectReason.None);
        using var here = issuerChannel!;
        using var there = deviceChannel;
        byte[] accept = Record(here, InnerType.Accept, []);
        byte[] opened = [.. accept];
        there.TryOpen(opened.AsSpan(0, 4), opened.AsSpan(4), out _, out _).ShouldBe(RejectReason.None);
        return new JsonObject
        {
            ["issuer_ephemeral_private"] = Convert.ToHexStringLower(VectorKeys.IssuerE2E.D!),
            ["device_ephemeral_private"] = Convert.ToHexStringLower(VectorKeys.DeviceE2E.D!),
            ["request_nonce"] = Convert.ToHexStringLower(nonce),
            ["unix_ms"] = Now.ToUnixTimeMilliseconds(),
            ["caps"] = 0,
            ["candidate"] = Convert.ToHexStringLower(Bytes(18, Issuer.Write)),
            ["sess_bind"] = Convert.ToHexStringLower(binding),
            ["e2e1"] = Convert.ToHexStringLower(e2e1),
            ["comm_id"] = Convert.ToHexStringLower(Bytes(8, issuer.CommId.Write)),
            ["commreq"] = Convert.ToHexStringLower(commReq),
            ["verdict_password_refused"] = Convert.ToHexStringLower(verdict),
            ["accept"] = Convert.ToHexStringLower(accept),
            ["data_from_issuer_content"] = Convert.ToHexStringLower("hello"u8),
            ["data_from_issuer"] = Convert.ToHexStringLower(Record(here, InnerType.Data, [.. "hello"u8])),
            ["end_from_issuer"] = Convert.ToHexStringLower(Record(here, InnerType.End, [])),
            ["data_from_device_content"] = Convert.ToHexStringLower("world"u8),
            ["data_from_device"] = Convert.ToHexStringLower(Record(there, InnerType.Data, [.. "world"u8])),
            ["close_from_device"] = Convert.ToHexStringLower(Record(there, InnerType.Close, [0])),
        };
    }

    private void Messages(HandshakeVector issuer, (HandshakeVector, byte[]) register, (HandshakeVector, byte[]) register384, HandshakeVector wake,
        byte[] descriptor, byte[] e2e1, byte[] verdict, byte[] binding, byte[] resetToken)
    {
        var reply = new DescriptorReply { Device = _id, Descriptor = descriptor };
        var connect1 = new Connect1 { Ref = 1, Timeout = 100, Device = _id, Address = Issuer, E2E1 = e2e1 };
        var result = new Result { Ref = 1, Status = ResultStatus.Unavailable, WaitedMs = 321, Verdict = verdict };
        byte[] replyBytes = new byte[reply.Size], connect1Bytes = new byte[connect1.Size], resultBytes = new byte[result.Size];
        reply.Write(replyBytes);
        connect1.Write(connect1Bytes);
        result.Write(resultBytes);
        issuer.FromClient("descriptor_get", InnerType.DescriptorGet, Bytes(16, _id.Write));
        issuer.FromServer("descriptor", InnerType.Descriptor, replyBytes);
        issuer.FromClient("connect1", InnerType.Connect1, connect1Bytes);
        issuer.FromServer("result", InnerType.Result, resultBytes);
        issuer.UpdateClient("key_update");
        issuer.FromClient("close", InnerType.Close, [(byte)CloseReason.Done]);

        var registration = new Register { IntervalWish = 250, Descriptor = descriptor };
        byte[] registerBytes = new byte[registration.Size];
        registration.Write(registerBytes);
        var registered = new Registered
        {
            Cid = Cid,
            ResetToken = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(resetToken),
            Interval = 250,
            AckEvery = 1,
            Missed = 3,
            UdpPort = 4747,
            NodeId = NodeId,
            LifetimeSeconds = 604_800,
            UnixMs = (ulong)Now.ToUnixTimeMilliseconds(),
        };
        foreach (var (handshake, ticket) in new[] { register, register384 })
        {
            var withTicket = registered with { Ticket = ticket };
            byte[] registeredBytes = new byte[withTicket.Size];
            withTicket.Write(registeredBytes);
            handshake.FromClient("register", InnerType.Register, registerBytes);
            handshake.FromServer("registered", InnerType.Registered, registeredBytes);
        }

        wake.FromServer("connect2", InnerType.Connect2, Connect2Bytes(e2e1, binding));
        wake.FromClient("answer", InnerType.Answer, AnswerBytes(verdict));
    }

    private static byte[] Connect2Bytes(byte[] e2e1, byte[] binding)
    {
        var message = new Connect2 { RequestId = RequestId, Address = Issuer, SessionBinding = binding, E2E1 = e2e1 };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    private static byte[] AnswerBytes(byte[] verdict)
    {
        var message = new Answer { RequestId = RequestId, Status = AnswerStatus.Refused, Verdict = verdict };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    private static JsonObject Unsealed() => new()
    {
        ["alert_overloaded_30s"] = Convert.ToHexStringLower([FrameType.Alert, 1, 0, 4, .. Written(4, new Alert(AlertReason.Overloaded, 30).Write)]),
        ["registered_full_content"] = Convert.ToHexStringLower(
            Written(52, new Registered { Status = RegisterStatus.Full, RetryAfterSeconds = 30, UnixMs = (ulong)Now.ToUnixTimeMilliseconds() }.Write)),
    };

    private static byte[] Binder(byte[] root, byte[] helloUpToBinder) => Bytes(32, b => Protocol.Heartbeat.ResumeKeys.WriteBinder(root, helloUpToBinder, b));

    private static byte[] NodeSecret() => [.. Enumerable.Range(64, 32).Select(static i => (byte)i)];

    private static byte[] Cookie(byte[] helloUpToCookie)
    {
        using var keys = new NodeKeys(NodeSecret(), NodeId);
        return Bytes(NodeKeys.CookieSize, b => keys.WriteCookie(Now, Issuer.Ip, helloUpToCookie, b));
    }

    private static JsonObject Node(out byte[] resetToken)
    {
        byte[] secret = NodeSecret();
        using var keys = new NodeKeys(secret, NodeId);
        byte[] token = new byte[Reset.TokenSize];
        keys.WriteResetToken(Cid, token);
        byte[] head = [.. Enumerable.Range(0, 94).Select(static i => (byte)i)];
        byte[] cookie = Cookie(head);
        resetToken = token;
        return new JsonObject
        {
            ["node_secret"] = Convert.ToHexStringLower(secret),
            ["node_id"] = NodeId,
            ["k_reset"] = Convert.ToHexStringLower(NodeKey(secret, "node reset")),
            ["k_cookie"] = Convert.ToHexStringLower(NodeKey(secret, "node cookie")),
            ["cid"] = Convert.ToHexStringLower(Bytes(8, Cid.Write)),
            ["reset_token"] = Convert.ToHexStringLower(token),
            ["cookie_unix_s"] = Now.ToUnixTimeSeconds(),
            ["cookie_client"] = Convert.ToHexStringLower(Bytes(18, Issuer.Write)[..16]),
            ["cookie_hello_up_to_cookie"] = Convert.ToHexStringLower(head),
            ["cookie"] = Convert.ToHexStringLower(cookie),
            ["retry"] = Convert.ToHexStringLower([FrameType.Retry, 1, 0, 22, 0, 20, .. cookie]),
        };
    }

    private static byte[] NodeKey(byte[] secret, string label)
    {
        byte[] key = new byte[32];
        LabelledHkdf.Expand(secret, label, [0, 0, 0, (byte)NodeId], key);
        return key;
    }

    private static JsonObject Udp(byte[] key, byte[] resetToken, byte[] e2e1, byte[] binding, byte[] verdict)
    {
        using var aead = new PlatformPacketAead();
        ulong wakeId = Convert.ToUInt64(Convert.ToHexString(WakeId), 16);
        var request = new SealedRequest(Cid, 7, Connect2Bytes(e2e1, binding));
        var answer = new SealedAnswer(Cid, 8, AnswerBytes(verdict));
        byte[] requestBytes = new byte[request.Size], answerBytes = new byte[answer.Size];
        request.Seal(requestBytes, key, aead);
        answer.Seal(answerBytes, key, aead);
        return new JsonObject
        {
            ["k_udp"] = Convert.ToHexStringLower(key),
            ["cid"] = Convert.ToHexStringLower(Bytes(8, Cid.Write)),
            ["hb"] = Sealed(40, b => new HeartbeatMessage { Cid = Cid, Counter = 1, RttMs = 37, AckWanted = true }.Seal(b, key, aead)),
            ["hb_long"] = Sealed(64, b =>
                new HeartbeatMessage { Cid = Cid, Counter = 2, LastAck = 1, IsLong = true, AckWanted = true, Local = Device }
                    .Seal(b, key, aead)),
            ["hb_echo"] = Sealed(40, b => new HeartbeatMessage { Cid = Cid, Counter = 3, Echo = 0xDEADBEEF }.Seal(b, key, aead)),
            ["hb_goodbye"] = Sealed(40, b => new HeartbeatMessage { Cid = Cid, Counter = 4, Goodbye = true }.Seal(b, key, aead)),
            ["addr_tag_of"] = Convert.ToHexStringLower(Bytes(18, Device.Write)),
            ["addr_tag"] = AddressTag.Of(Device).ToString("x4"),
            ["ack"] = Sealed(40, b =>
                new Ack { Cid = Cid, Counter = 1, IntervalTenths = 250, AckEvery = 1, HeartbeatCounter = 1, AddressTag = AddressTag.Of(Device) }
                    .Seal(b, key, aead)),
            ["ack_challenge"] = Sealed(40, b =>
                new Ack { Cid = Cid, Counter = 2, IntervalTenths = 250, AckEvery = 1, Challenge = 0xDEADBEEF }
                    .Seal(b, key, aead)),
            ["ack_wake_pending"] = Sealed(40, b =>
                new Ack { Cid = Cid, Counter = 3, IntervalTenths = 250, AckEvery = 4, Load = 9, WakePending = true, HeartbeatCounter = 4 }
                    .Seal(b, key, aead)),
            ["ack_long"] = Sealed(64, b =>
                new Ack
                {
                    Cid = Cid,
                    Counter = 4,
                    IntervalTenths = 250,
                    AckEvery = 1,
                    IsLong = true,
                    HeartbeatCounter = 2,
                    Observed = Device,
                    UnixMs = (ulong)Now.ToUnixTimeMilliseconds()
                }
                    .Seal(b, key, aead)),
            ["wake"] = Sealed(64, b =>
                new Wake { Cid = Cid, Counter = 5, WakeId = wakeId, TtlSeconds = 10, Reason = Wake.ReasonRequest }
                    .Seal(b, key, aead)),
            ["wake_ack"] = Sealed(40, b => new WakeAck { Cid = Cid, Counter = 5, WakeIdHead = WakeAck.HeadOf(wakeId) }.Seal(b, key, aead)),
            ["connect2_fast"] = Convert.ToHexStringLower(requestBytes),
            ["answer_fast"] = Convert.ToHexStringLower(answerBytes),
            ["reset"] = Sealed(32, b => new Reset { Cid = Cid, RetryAfterSeconds = 20 }.Write(b, resetToken, 0xDEADBEEF)),
        };
    }

    private static string Sealed(int size, Func<byte[], int> seal)
    {
        byte[] bytes = new byte[size];
        seal(bytes).ShouldBe(size);
        return Convert.ToHexStringLower(bytes);
    }

    private static byte[] Record(EndToEndChannel sender, byte type, byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        sender.Seal(type, content, output, 0);
        return output.WrittenSpan.ToArray();
    }

    private delegate void Filler(Span<byte> destination);

    private delegate int Writer(Span<byte> destination);

    private static byte[] Bytes(int size, Filler fill)
    {
        byte[] bytes = new byte[size];
        fill(bytes);
        return bytes;
    }

    private static byte[] Written(int size, Writer write)
    {
        byte[] bytes = new byte[size];
        write(bytes).ShouldBe(size);
        return bytes;
    }
}
