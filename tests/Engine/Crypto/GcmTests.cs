using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text.Json;
using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

/// <summary>What every AES-256-GCM of the engine must do. Where this system can't run one there is nothing to test but that it says so.</summary>
public abstract class GcmTests
{
    /// <summary>Messages compared beyond those of the quick run; FASTRELAY_GCM_MESSAGES=5000000 for a run of half a minute.</summary>
    private static readonly int FurtherMessages =
        int.TryParse(Environment.GetEnvironmentVariable("FASTRELAY_GCM_MESSAGES"), CultureInfo.InvariantCulture, out int messages) ? messages : 0;

    private static readonly byte[] Key = SHA256.HashData("key"u8);
    private static readonly byte[] OtherKey = SHA256.HashData("other key"u8);
    private static readonly byte[] Nonce = new byte[LibCryptoGcm.NonceSize];

    /// <summary>Why the one under test can't be used here; null when it can.</summary>
    private protected abstract string? WhyUnsupported { get; }

    private protected abstract GcmUnderTest? TryCreate();

    [Fact]
    public void It_is_there_or_says_why_not()
    {
        using var gcm = TryCreate();
        (gcm is not null).ShouldBe(WhyUnsupported is null);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void It_agrees_with_the_platform_on_random_messages_and_keys(int seed)
    {
        using var gcm = Create();
        new GcmComparison(gcm, seed).Run(26_000);
    }

    [Fact]
    public void It_agrees_with_the_platform_on_as_many_more_as_are_asked_for()
    {
        using var gcm = Create();
        int seed = Random.Shared.Next();
        new GcmComparison(gcm, seed).Run(Math.Max(FurtherMessages, 1_000));
    }

    [Fact]
    public void It_agrees_with_the_platform_on_every_length_at_every_alignment()
    {
        using var gcm = Create();
        var comparison = new GcmComparison(gcm, seed: 99);
        for (int length = 0; length <= GcmComparison.MaxPlaintext; length++) comparison.Compare(Key, length, aadLength: 24, offset: length % 17);
        for (int aad = 0; aad <= GcmComparison.MaxAad; aad++)
        {
            for (int offset = 0; offset < 32; offset++) comparison.Compare(OtherKey, length: aad % 33, aad, offset);
        }
    }

    [Fact]
    public async Task Two_threads_with_an_instance_each_do_not_disturb_each_other()
    {
        Create().Dispose();
        using var together = new Barrier(2);
        await Task.WhenAll(Enumerable.Range(10, 2).Select(seed => Task.Factory.StartNew(
            () =>
            {
                using var gcm = Create();
                together.SignalAndWait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
                new GcmComparison(gcm, seed).Run(10_000);
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    [Fact]
    public void It_agrees_with_Wycheproof()
    {
        using var gcm = Create();
        using var file = Vectors("wycheproof-aes-gcm.json");
        int cases = 0;
        foreach (var v in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            string id = $"{v.GetProperty("tcId").GetInt32()}";
            byte[] message = Hex(v, "msg"), ciphertext = new byte[message.Length], tag = new byte[LibCryptoGcm.TagSize];
            gcm.Seal(Hex(v, "key"), Hex(v, "iv"), message, ciphertext, tag, Hex(v, "aad"));
            ciphertext.ShouldBe(Hex(v, "ct"), id);
            tag.AsSpan().SequenceEqual(Hex(v, "tag")).ShouldBe(v.GetProperty("valid").GetBoolean(), id);
            cases++;
        }
        cases.ShouldBeGreaterThan(10);
    }

    [Fact]
    public void It_agrees_with_Wycheproof_on_messages_that_are_only_authenticated()
    {
        using var gcm = Create();
        using var file = Vectors("wycheproof-aes-gmac.json");
        byte[] tag = new byte[LibCryptoGcm.TagSize];
        int cases = 0;
        foreach (var v in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            gcm.Seal(Hex(v, "key"), Hex(v, "iv"), [], [], tag, Hex(v, "aad"));
            tag.ShouldBe(Hex(v, "tag"), $"{v.GetProperty("tcId").GetInt32()}");
            cases++;
        }
        cases.ShouldBe(10);
    }

    [Fact]
    public void A_key_that_differs_in_one_bit_is_another_key()
    {
        using var gcm = Create();
        for (int bit = 0; bit < LibCryptoGcm.KeySize * 8; bit++)
        {
            byte[] key = [.. Key];
            key[bit / 8] ^= (byte)(1 << (bit % 8));
            Tag(gcm, Key).ShouldBe(PlatformTag(Key));
            Tag(gcm, key).ShouldBe(PlatformTag(key), $"bit {bit}");
        }
    }

    [Fact]
    public void The_first_key_may_be_all_zeros()
    {
        using var gcm = Create();
        byte[] zeros = new byte[LibCryptoGcm.KeySize];
        Tag(gcm, zeros).ShouldBe(PlatformTag(zeros));
    }

    [Fact]
    public void A_message_may_be_sealed_in_place_but_not_half_over_itself()
    {
        using var gcm = Create();
        byte[] buffer = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];
        byte[] expected = new byte[40], tag = new byte[16], expectedTag = new byte[16];
        using (var reference = new AesGcm(Key, 16)) reference.Encrypt(Nonce, buffer.AsSpan(0, 40), expected, expectedTag);

        Should.Throw<ArgumentException>(() => gcm.Seal(Key, Nonce, buffer.AsSpan(0, 40), buffer.AsSpan(1, 40), tag, []));
        Should.Throw<ArgumentException>(() => gcm.Seal(Key, Nonce, buffer.AsSpan(1, 40), buffer.AsSpan(0, 40), tag, []));
        gcm.Seal(Key, Nonce, buffer.AsSpan(0, 40), buffer.AsSpan(0, 40), tag, []);
        buffer.AsSpan(0, 40).ToArray().ShouldBe(expected);
        tag.ShouldBe(expectedTag);
    }

    [Theory]
    [InlineData(0, 12, 0, 0, 16)]
    [InlineData(16, 12, 0, 0, 16)]
    [InlineData(31, 12, 0, 0, 16)]
    [InlineData(33, 12, 0, 0, 16)]
    [InlineData(32, 0, 0, 0, 16)]
    [InlineData(32, 11, 0, 0, 16)]
    [InlineData(32, 13, 0, 0, 16)]
    [InlineData(32, 12, 4, 3, 16)]
    [InlineData(32, 12, 0, 1, 16)]
    [InlineData(32, 12, 0, 0, 0)]
    [InlineData(32, 12, 0, 0, 15)]
    [InlineData(32, 12, 0, 0, 17)]
    public void A_wrong_length_is_a_bug_of_the_caller_and_does_no_harm(int key, int nonce, int plaintext, int ciphertext, int tag)
    {
        using var gcm = Create();
        byte[] before = Tag(gcm, Key);
        Should.Throw<ArgumentException>(
            () => gcm.Seal(new byte[key], new byte[nonce], new byte[plaintext], new byte[ciphertext], new byte[tag], []));
        Tag(gcm, Key).ShouldBe(before);
    }

    [Fact]
    public void After_disposal_it_refuses_and_another_instance_goes_on()
    {
        using var other = Create();
        var gcm = Create();
        byte[] tag = Tag(gcm, Key);
        gcm.Dispose();
        gcm.Dispose();
        Should.Throw<ObjectDisposedException>(() => Tag(gcm, Key));
        Tag(other, Key).ShouldBe(tag);
    }

    [Fact]
    public void Neither_a_new_key_nor_a_kept_one_allocates_or_throws()
    {
        using var gcm = Create();
        byte[][] keys = [.. Enumerable.Range(0, 5_000).Select(i => SHA256.HashData(BitConverter.GetBytes(i)))];
        byte[] text = new byte[28], tag = new byte[16];
        int thread = Environment.CurrentManagedThreadId, thrown = 0;
        void Count(object? sender, FirstChanceExceptionEventArgs e)
        {
            if (Environment.CurrentManagedThreadId == thread) thrown++;
        }

        AppDomain.CurrentDomain.FirstChanceException += Count;
        // A method that is being rejitted may allocate once on its caller's thread; a real allocation comes back every time.
        long least = long.MaxValue;
        for (int round = 0; round < 4 && least != 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (byte[] key in keys)
            {
                gcm.Seal(key, Nonce, [], [], tag, text);
                gcm.Seal(key, Nonce, text, text, tag, tag.AsSpan(0, 8));
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        AppDomain.CurrentDomain.FirstChanceException -= Count;
        least.ShouldBe(0);
        thrown.ShouldBe(0);
    }

    private GcmUnderTest Create()
    {
        Assert.SkipUnless(WhyUnsupported is null, WhyUnsupported ?? "");
        return TryCreate().ShouldNotBeNull();
    }

    private static byte[] Tag(GcmUnderTest gcm, byte[] key)
    {
        byte[] tag = new byte[LibCryptoGcm.TagSize];
        gcm.Seal(key, Nonce, [], [], tag, OtherKey);
        return tag;
    }

    private static byte[] PlatformTag(byte[] key)
    {
        byte[] tag = new byte[LibCryptoGcm.TagSize];
        using var reference = new AesGcm(key, tag.Length);
        reference.Encrypt(Nonce, ReadOnlySpan<byte>.Empty, [], tag, OtherKey);
        return tag;
    }

    private static JsonDocument Vectors(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", file)));

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}
