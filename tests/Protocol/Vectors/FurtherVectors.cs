using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>Forms of protocol/vectors.json that no message of the main story has: padding, a ping, several candidates.</summary>
internal static class FurtherVectors
{
    private const int PaddingSize = 29;

    /// <summary>Records whose inner text ends with zeros (SPEC 5.1). This repository's sender never pads, so they are put together by hand.</summary>
    public static JsonObject Padding()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(static i => (byte)(0xE0 ^ i))];
        // A zero at the end of the content isn't padding: the type stands behind it.
        byte[] content = [.. "padded"u8, 0];
        return new JsonObject
        {
            ["secret"] = Convert.ToHexStringLower(secret),
            ["content"] = Convert.ToHexStringLower(content),
            ["padding"] = PaddingSize,
            ["data"] = Convert.ToHexStringLower(Record(secret, 0, [.. content, InnerType.Data, .. new byte[PaddingSize]])),
            ["malformed_without_type"] = Convert.ToHexStringLower(Record(secret, 1, new byte[PaddingSize])),
        };
    }

    /// <summary>A PING from an issuer with two addresses, and the device's yes.</summary>
    public static JsonObject PingWithTwoCandidates(DeviceId id, Descriptor descriptor, byte[] clientKey, byte[] binding)
    {
        TransportAddress[] candidates = [VectorGenerator.Issuer, TransportAddress.From(new(IPAddress.Parse("2001:db8::7"), 40123))];
        var entropy = new SeededEntropy("ping").WithEphemeral(VectorKeys.IssuerE2E);
        using var issuer = IssuerSession.Create(descriptor, clientKey, binding, RequestCapabilities.Ping, candidates, VectorGenerator.Now, entropy);
        using var agreement = ECDiffieHellman.Create(VectorKeys.Agreement);
        DeviceSession.TryOpen(issuer.E2E1.Span, id, agreement, out var device).ShouldBe(RejectReason.None);
        using (device)
        {
            device!.Request.Candidates.ToArray().ShouldBe(candidates);
            byte[] verdict = new byte[CommReq.Message2Size];
            device.WriteVerdict(Verdict.Yes, entropy.WithEphemeral(VectorKeys.DeviceE2E), verdict);
            return new JsonObject
            {
                ["caps"] = (int)RequestCapabilities.Ping,
                ["request_nonce"] = Convert.ToHexStringLower(device.Request.Nonce),
                ["candidate_1"] = Convert.ToHexStringLower(Address(candidates[0])),
                ["candidate_2"] = Convert.ToHexStringLower(Address(candidates[1])),
                ["e2e1"] = Convert.ToHexStringLower(issuer.E2E1.Span),
                ["verdict_yes"] = Convert.ToHexStringLower(verdict),
            };
        }
    }

    private static byte[] Address(TransportAddress address)
    {
        byte[] bytes = new byte[TransportAddress.Size];
        address.Write(bytes);
        return bytes;
    }

    private static byte[] Record(byte[] secret, byte number, byte[] inner)
    {
        byte[] key = new byte[CipherSuite.KeySize], nonce = new byte[CipherSuite.IvSize], tag = new byte[CipherSuite.TagSize];
        LabelledHkdf.Expand(secret, "key", [], key);
        LabelledHkdf.Expand(secret, "iv", [], nonce);
        nonce[^1] ^= number;
        byte[] header = [FrameType.Record, 1, 0, (byte)(inner.Length + tag.Length)];
        byte[] text = new byte[inner.Length];
        using var aead = new AesGcm(key, CipherSuite.TagSize);
        aead.Encrypt(nonce, inner, text, tag, header);
        return [.. header, .. text, .. tag];
    }
}
