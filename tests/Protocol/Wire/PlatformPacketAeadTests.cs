using System.Security.Cryptography;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Wire;

public sealed class PlatformPacketAeadTests
{
    private static readonly byte[] Key = SHA256.HashData("key"u8);
    private static readonly byte[] Nonce = new byte[12];

    [Theory]
    // NIST SP 800-38D validation: McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14.
    [InlineData("", "", "530F8AFBC74536B9A963B4F1C4CB738B")]
    [InlineData("00000000000000000000000000000000", "CEA7403D4D606B6E074EC5D3BAF39D18", "D0D1C8A799996BF0265B98B5D48AB919")]
    public void It_reproduces_known_answers(string plaintext, string ciphertext, string tag)
    {
        using var aead = new PlatformPacketAead();
        var body = new byte[plaintext.Length / 2];
        var madeTag = new byte[16];

        aead.Seal(new byte[32], new byte[12], Convert.FromHexString(plaintext), body, madeTag, []);

        Convert.ToHexString(body).ShouldBe(ciphertext);
        Convert.ToHexString(madeTag).ShouldBe(tag);
    }

    [Fact]
    public void What_the_platform_sealed_opens_for_every_length()
    {
        using var aead = new PlatformPacketAead();
        using var reference = new AesGcm(Key, 16);
        foreach (int length in (int[])[0, 1, 15, 16, 17, 24, 28, 255, 1024, PacketAeadExtensions.MaxBody])
        {
            byte[] plaintext = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
            byte[] ciphertext = new byte[length], tag = new byte[16], opened = new byte[length];
            reference.Encrypt(Nonce, plaintext, ciphertext, tag, "aad"u8);

            aead.TryOpenBySealing(Key, Nonce, ciphertext, tag, opened, "aad"u8).ShouldBeTrue();
            opened.ShouldBe(plaintext);
        }
    }

    [Fact]
    public void A_body_that_does_not_verify_leaves_no_plaintext()
    {
        using var aead = new PlatformPacketAead();
        byte[] ciphertext = new byte[28], tag = new byte[16], opened = new byte[28];
        aead.Seal(Key, Nonce, Enumerable.Repeat((byte)7, 28).ToArray(), ciphertext, tag, "aad"u8);
        foreach ((_, byte[] damaged) in MessageCorpus.BitFlips([.. ciphertext, .. tag]))
        {
            opened.AsSpan().Fill(1);
            aead.TryOpenBySealing(Key, Nonce, damaged.AsSpan(0, 28), damaged.AsSpan(28), opened, "aad"u8).ShouldBeFalse();
            opened.ShouldAllBe(b => b == 0);
        }
        aead.TryOpenBySealing(Key, Nonce, ciphertext, tag, opened, "aae"u8).ShouldBeFalse();
    }

    [Fact]
    public void A_body_longer_than_a_datagram_holds_is_not_opened()
    {
        using var aead = new PlatformPacketAead();
        var body = new byte[PacketAeadExtensions.MaxBody + 1];
        aead.TryOpenBySealing(Key, Nonce, body, new byte[16], new byte[body.Length], []).ShouldBeFalse();
    }

    [Fact]
    public void A_tag_of_another_length_does_not_verify()
    {
        using var aead = new PlatformPacketAead();
        var tag = new byte[16];
        aead.Seal(Key, Nonce, [], [], tag, "aad"u8);
        aead.VerifyBySealing(Key, Nonce, tag, "aad"u8).ShouldBeTrue();
        aead.VerifyBySealing(Key, Nonce, tag.AsSpan(0, 15), "aad"u8).ShouldBeFalse();
        aead.VerifyBySealing(Key, Nonce, [], "aad"u8).ShouldBeFalse();
    }

    [Fact]
    public void A_warm_key_allocates_nothing_and_a_forgery_throws_nothing()
    {
        using var aead = new PlatformPacketAead();
        byte[] ciphertext = new byte[28], tag = new byte[16], opened = new byte[28];
        aead.Seal(Key, Nonce, new byte[28], ciphertext, tag, []);
        byte[] forged = [.. tag];
        forged[0] ^= 1;
        int good = 0, bad = 0;
        Quiet.ShouldAllocateAndThrowNothing(() =>
        {
            good += aead.TryOpenBySealing(Key, Nonce, ciphertext, tag, opened, []) ? 1 : 0;
            bad += aead.TryOpenBySealing(Key, Nonce, ciphertext, forged, opened, []) || aead.VerifyBySealing(Key, Nonce, forged, opened) ? 1 : 0;
        });
        good.ShouldBeGreaterThan(200);
        bad.ShouldBe(0);
    }

    [Fact]
    public void The_cache_is_bounded_and_evicted_keys_still_work()
    {
        using var aead = new PlatformPacketAead(capacity: 8);
        byte[][] keys = [.. Enumerable.Range(0, 200).Select(i => SHA256.HashData(BitConverter.GetBytes(i)))];
        var tags = new byte[keys.Length][];
        for (int i = 0; i < keys.Length; i++) aead.Seal(keys[i], Nonce, [], [], tags[i] = new byte[16], "aad"u8);
        for (int i = 0; i < keys.Length; i++) aead.VerifyBySealing(keys[i], Nonce, tags[i], "aad"u8).ShouldBeTrue();
        aead.VerifyBySealing(keys[0], Nonce, tags[1], "aad"u8).ShouldBeFalse();
        aead.Capacity.ShouldBe(8);
        aead.CachedKeys.ShouldBe(8);
    }

    [Fact]
    public void A_key_is_forgotten_when_its_session_ends()
    {
        using var aead = new PlatformPacketAead();
        var tag = new byte[16];
        aead.Seal(Key, Nonce, [], [], tag, []);
        aead.CachedKeys.ShouldBe(1);
        aead.Forget(Key);
        aead.CachedKeys.ShouldBe(0);
        aead.VerifyBySealing(Key, Nonce, tag, []).ShouldBeTrue();
    }

    [Fact]
    public void A_key_of_another_size_is_a_bug_of_the_caller()
    {
        using var aead = new PlatformPacketAead();
        Should.Throw<ArgumentException>(() => aead.Seal(new byte[16], Nonce, [], [], new byte[16], []));
    }
}
