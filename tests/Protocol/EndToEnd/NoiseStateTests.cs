using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.EndToEnd;

namespace FastRelay.Protocol.Tests.EndToEnd;

/// <summary>
/// The symmetric part of Noise against the published vector for Noise_NK_25519_AESGCM_SHA256 of the cacophony set, as shipped with the
/// Rust implementation snow (tests/vectors/cacophony.txt). Only the curve differs from ours (SPEC 9.1), and the state knows no curve.
/// </summary>
public sealed class NoiseStateTests
{
    private static readonly byte[] Prologue = Hex("4a6f686e2047616c74");
    private static readonly byte[] InitiatorEphemeral = Hex("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a");
    private static readonly byte[] ResponderStatic = Hex("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893");
    private static readonly byte[] ResponderStaticPublic = Hex("31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62");
    private static readonly byte[] ResponderEphemeral = Hex("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b");

    [Fact]
    public void The_published_nk_vector_comes_out()
    {
        X25519.Agree(ResponderStatic, X25519.BasePoint).ShouldBe(ResponderStaticPublic);
        using var state = new NoiseState("Noise_NK_25519_AESGCM_SHA256"u8);
        state.MixHash(Prologue);
        state.MixHash(ResponderStaticPublic);

        Message(state, InitiatorEphemeral, X25519.Agree(InitiatorEphemeral, ResponderStaticPublic), "4c756477696720766f6e204d69736573")
            .ShouldBe("ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
                + "75ab4d66d222457dd414bc5f296bc7b4078cc7d72af5192628b68bca7d28844b");
        var initiatorPoint = X25519.Agree(InitiatorEphemeral, X25519.BasePoint);
        Message(state, ResponderEphemeral, X25519.Agree(ResponderEphemeral, initiatorPoint), "4d757272617920526f746862617264")
            .ShouldBe("95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
                + "03c7d89310502baa8299520ba451624c3c0492e2698f8d457c32400b91fd8a");
        Convert.ToHexStringLower(state.Hash).ShouldBe("f8a87aa8add4fea6e33365b89637486c2f6564546ce29d1df9ce9abf78c507d7");

        byte[] toResponder = new byte[32], toInitiator = new byte[32];
        state.Split(toResponder, toInitiator);
        Transport(toResponder, 0, "462e20412e20486179656b").ShouldBe("304f70c37c93573099228016d54cb15213af94eb598d1b17df1153");
        Transport(toInitiator, 0, "4361726c204d656e676572").ShouldBe("a1bf6c954529f29b31d8ae9f67d2c18dbd332aa1a0918690c6d80b");
        Transport(toResponder, 1, "4a65616e2d426170746973746520536179").ShouldBe("2e8f3e51888360b2b2d83a64dde9943c7dd3c5e84ac7c4b4e2d5cfc025b6c854d3");
    }

    [Fact]
    public void A_ciphertext_with_any_bit_flipped_does_not_open()
    {
        using var state = new NoiseState("test"u8);
        state.MixKey(new byte[32]);
        byte[] ciphertext = new byte[20];
        using (var sealing = state.Copy()) sealing.EncryptAndHash([1, 2, 3, 4], ciphertext);
        byte[] plaintext = new byte[4];
        using (var opening = state.Copy())
        {
            opening.TryDecryptAndHash(ciphertext, plaintext).ShouldBeTrue();
            plaintext.ShouldBe([1, 2, 3, 4]);
        }
        for (int bit = 0; bit < ciphertext.Length * 8; bit++)
        {
            ciphertext[bit / 8] ^= (byte)(1 << (bit % 8));
            using var opening = state.Copy();
            opening.TryDecryptAndHash(ciphertext, plaintext).ShouldBeFalse($"bit {bit}");
            ciphertext[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private static string Message(NoiseState state, byte[] ephemeral, byte[] shared, string payload)
    {
        byte[] point = X25519.Agree(ephemeral, X25519.BasePoint);
        state.MixHash(point);
        state.MixKey(shared);
        byte[] plaintext = Hex(payload);
        byte[] ciphertext = new byte[plaintext.Length + 16];
        state.EncryptAndHash(plaintext, ciphertext);
        return Convert.ToHexStringLower(point) + Convert.ToHexStringLower(ciphertext);
    }

    private static string Transport(byte[] key, ulong number, string payload)
    {
        byte[] plaintext = Hex(payload);
        byte[] output = new byte[plaintext.Length + 16];
        byte[] nonce = new byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(4), number);
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(nonce, plaintext, output.AsSpan(0, plaintext.Length), output.AsSpan(plaintext.Length));
        return Convert.ToHexStringLower(output);
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
