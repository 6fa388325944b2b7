using System.Security.Cryptography;
using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

/// <summary>Where libcrypto isn't there (not Linux) there is nothing to test but that it says so.</summary>
public sealed class LibCryptoHmacTests
{
    [Fact]
    public void It_is_there_on_Linux_or_says_why_not()
    {
        LibCryptoHmac.TryCreateSha256(out _).ShouldBe(LibCryptoHmac.WhyUnsupported is null);
        LibCryptoHmac.TryCreateSha384(out _).ShouldBe(LibCryptoHmac.WhyUnsupported is null);
        if (OperatingSystem.IsLinux()) LibCryptoHmac.WhyUnsupported.ShouldBeNull();
        else LibCryptoHmac.WhyUnsupported.ShouldBe("not Linux");
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(2, 48)]
    public void It_agrees_with_the_platform_on_random_keys_messages_and_lengths(int seed, int hashSize)
    {
        var hmac = Create(hashSize);
        var hash = hashSize == 32 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384;
        var random = new Random(seed);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] key = new byte[i < 10 ? LibCryptoHmac.MaxKey : random.Next(LibCryptoHmac.MaxKey + 1)];
            byte[] message = new byte[random.Next(i % 100 == 0 ? 5_000 : 300)];
            random.NextBytes(key);
            random.NextBytes(message);
            byte[] mac = new byte[hashSize];
            hmac.Mac(key, message, mac);
            mac.ShouldBe(CryptographicOperations.HmacData(hash, key, message));

            byte[] secret = new byte[hashSize], output = new byte[random.Next(1, i % 100 == 0 ? 255 * hashSize : 130)];
            random.NextBytes(secret);
            hmac.Expand(secret, message.AsSpan(0, Math.Min(message.Length, LibCryptoHmac.MaxInfo)), output);
            output.ShouldBe(HKDF.Expand(hash, secret, output.Length, message[..Math.Min(message.Length, LibCryptoHmac.MaxInfo)]));
        }
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(2, 48)]
    public void A_hash_that_grows_by_any_parts_agrees_with_the_platform_at_each_look(int seed, int hashSize)
    {
        var hmac = Create(hashSize);
        var name = hashSize == 32 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384;
        var random = new Random(seed);
        byte[] bytes = new byte[4_000], hash = new byte[hashSize];
        random.NextBytes(bytes);
        for (int i = 0; i < 200; i++)
        {
            var running = hmac.StartHash();
            int length = 0;
            while (length < bytes.Length)
            {
                int added = Math.Min(random.Next(i % 2 == 0 ? 70 : 700), bytes.Length - length);
                running.Append(bytes.AsSpan(length, added));
                length += added;
                if (random.Next(3) != 0) continue;
                running.Current(hash);
                hash.ShouldBe(CryptographicOperations.HashData(name, bytes.AsSpan(0, length)));
            }
            running.Clear();
        }
        Should.Throw<ArgumentException>(() => hmac.StartHash().Current(new byte[hashSize + 1]));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(48)]
    public void It_agrees_with_the_platform_on_every_length_to_four_blocks(int hashSize)
    {
        var hmac = Create(hashSize);
        var name = hashSize == 32 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384;
        byte[] bytes = RandomNumberGenerator.GetBytes(600), hash = new byte[hashSize];
        for (int length = 0; length <= 512; length++)
        {
            // At shifting alignments.
            var message = bytes.AsSpan(length % 17, length);
            hmac.Hash(message, hash);
            hash.ShouldBe(CryptographicOperations.HashData(name, message));
            hmac.Mac(bytes.AsSpan(length % 64, length % 65), message, hash);
            hash.ShouldBe(CryptographicOperations.HmacData(name, bytes.AsSpan(length % 64, length % 65), message));
        }
    }

    [Fact]
    public void A_mac_may_take_the_place_of_its_message()
    {
        var hmac = Create(32);
        byte[] text = RandomNumberGenerator.GetBytes(32), expected = HMACSHA256.HashData(text, text);
        hmac.Mac(text, text, text);
        text.ShouldBe(expected);
    }

    [Fact]
    public async Task Many_threads_may_share_one()
    {
        var hmac = Create(32);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            byte[] key = new byte[32], mac = new byte[32];
            new Random(seed).NextBytes(key);
            byte[] expected = HMACSHA256.HashData(key, key);
            for (int i = 0; i < 20_000; i++)
            {
                hmac.Mac(key, key, mac);
                mac.ShouldBe(expected);
            }
        }, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Wrong_lengths_are_the_callers_fault()
    {
        var hmac = Create(32);
        byte[] key = new byte[32], mac = new byte[32];
        Should.Throw<ArgumentException>(() => hmac.Mac(new byte[LibCryptoHmac.MaxKey + 1], [], mac));
        Should.Throw<ArgumentException>(() => hmac.Mac(key, [], new byte[31]));
        Should.Throw<ArgumentException>(() => hmac.Expand(key, [], new byte[(255 * 32) + 1]));
        Should.Throw<ArgumentException>(() => hmac.Expand(key, new byte[LibCryptoHmac.MaxInfo + 1], mac));
        Should.Throw<ArgumentException>(() => hmac.Hash([], new byte[33]));
    }

    [Fact]
    public void It_allocates_nothing()
    {
        var hmac = Create(32);
        byte[] key = new byte[32], output = new byte[64];
        for (int i = 0; i < 100; i++) hmac.Expand(key, key, output);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++) hmac.Expand(key, key, output);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static LibCryptoHmac Create(int hashSize)
    {
        Assert.SkipUnless(LibCryptoHmac.WhyUnsupported is null, LibCryptoHmac.WhyUnsupported ?? "");
        LibCryptoHmac? hmac;
        (hashSize == 32 ? LibCryptoHmac.TryCreateSha256(out hmac) : LibCryptoHmac.TryCreateSha384(out hmac)).ShouldBeTrue();
        return hmac!;
    }
}
