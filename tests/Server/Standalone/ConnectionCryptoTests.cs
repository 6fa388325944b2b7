using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Server.Crypto;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Tests.Standalone;

/// <summary>The two implementations of <see cref="IConnectionCrypto"/> give the same bytes, and the better one is chosen where it can be.</summary>
public sealed class ConnectionCryptoTests
{
    private readonly EventList _log = new();

    private ServerEvents Events => new(_log, TimeProvider.System);

    [Fact]
    public void With_libcrypto_it_is_used_and_nothing_is_said()
    {
        Assert.SkipUnless(LibCryptoConnectionCrypto.WhyUnsupported is null, LibCryptoConnectionCrypto.WhyUnsupported ?? "");
        ConnectionCrypto.Create(SystemEntropy.Instance, Events).ShouldBeOfType<LibCryptoConnectionCrypto>().Dispose();
        _log.Events.ShouldBeEmpty();
    }

    [Fact]
    public void Without_it_the_platform_does_the_work_and_one_line_says_why()
    {
        ConnectionCrypto.Create("there is no such library", SystemEntropy.Instance, Events).ShouldBeOfType<PlatformConnectionCrypto>();
        var (id, text) = _log.Events.ShouldHaveSingleItem();
        id.ShouldBe(1040);
        text.ShouldEndWith("there is no such library");
    }

    [Fact]
    public void Whoever_brings_his_own_randomness_gets_the_platform()
    {
        ConnectionCrypto.Create(null, new OtherEntropy(), Events).ShouldBeOfType<PlatformConnectionCrypto>();
        _log.Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Both_compute_the_same_also_on_many_threads(ushort number)
    {
        using var crypto = Create();
        var suite = CipherSuite.FromNumber(number)!;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() => Compare(crypto, suite, new Random(seed)), TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(16_385)]
    public void Records_of_one_are_opened_by_the_other_and_forged_ones_by_neither(int length)
    {
        byte[] message = RandomNumberGenerator.GetBytes(length);
        using var crypto = Create();
        IConnectionCrypto[] both = [crypto, PlatformConnectionCrypto.Instance];
        byte[] key = SHA256.HashData("key"u8), nonce = new byte[CipherSuite.IvSize], header = [0x30, 1, 0, 0];
        foreach (var (one, other) in new[] { (both[0], both[1]), (both[1], both[0]), (both[0], both[0]) })
        {
            using var sealing = one.CreateRecordAead(key);
            using var opening = other.CreateRecordAead(key);
            byte[] text = [.. message], tag = new byte[CipherSuite.TagSize];
            sealing.Seal(nonce, text, tag, header);
            if (length > 0) text.ShouldNotBe(message);
            opening.TryOpen(nonce, [.. text], [.. tag[..15], (byte)(tag[15] ^ 1)], header).ShouldBeFalse();
            opening.TryOpen(nonce, text, tag, header).ShouldBeTrue();
            text.ShouldBe(message);
        }
    }

    private static void Compare(LibCryptoConnectionCrypto crypto, CipherSuite suite, Random random)
    {
        var platform = PlatformConnectionCrypto.Instance;
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] signerPoint = new byte[EcPoint.P256Size];
        EcPoint.Write(signer, signerPoint);
        for (int i = 0; i < 10; i++)
        {
            using var peer = ECDiffieHellman.Create(suite.Curve);
            byte[] peerPoint = new byte[suite.PointSize], own = new byte[suite.PointSize], z = new byte[suite.FieldSize];
            EcPoint.Write(peer, peerPoint);
            foreach (IConnectionCrypto one in (IConnectionCrypto[])[crypto, platform])
            {
                one.TryAgree(suite, peerPoint, own, z).ShouldBeTrue();
                EcPoint.TryImportAgreement(suite, own, out var imported).ShouldBeTrue();
                using (imported) EcPoint.Agree(peer, imported!).ShouldBe(z);
                one.TryAgree(suite, [.. peerPoint[..^1], (byte)(peerPoint[^1] ^ 1)], own, z).ShouldBeFalse();
            }

            byte[] message = new byte[random.Next(1, 300)], key = new byte[suite.HashSize], first = new byte[suite.HashSize], second = new byte[suite.HashSize];
            random.NextBytes(message);
            random.NextBytes(key);
            foreach (IConnectionCrypto one in (IConnectionCrypto[])[crypto, platform])
            {
                byte[] hash = new byte[SHA256.HashSizeInBytes];
                one.Hash(message, hash);
                hash.ShouldBe(SHA256.HashData(message));
            }
            crypto.Mac(suite, key, message, first);
            platform.Mac(suite, key, message, second);
            first.ShouldBe(second);
            byte[] firstLong = new byte[1 + (40 * i)], secondLong = new byte[1 + (40 * i)];
            crypto.Expand(suite, key, message, firstLong);
            platform.Expand(suite, key, message, secondLong);
            firstLong.ShouldBe(secondLong);

            byte[] signature = signer.SignData(message, HashAlgorithmName.SHA256);
            foreach (IConnectionCrypto one in (IConnectionCrypto[])[crypto, platform])
            {
                one.IsOnP256(signerPoint).ShouldBeTrue();
                one.IsOnP256([.. signerPoint[..^1], (byte)(signerPoint[^1] ^ 1)]).ShouldBeFalse();
                one.Verify(signerPoint, message, signature).ShouldBeTrue();
                one.Verify(signerPoint, message, [.. signature[..^1], (byte)(signature[^1] ^ 1)]).ShouldBeFalse();
                one.Verify(signerPoint, message, signature.AsSpan(..^1)).ShouldBeFalse();
                one.Verify([.. signerPoint[..^1], (byte)(signerPoint[^1] ^ 1)], message, signature).ShouldBeFalse();
            }
        }
    }

    private static LibCryptoConnectionCrypto Create()
    {
        Assert.SkipUnless(LibCryptoConnectionCrypto.WhyUnsupported is null, LibCryptoConnectionCrypto.WhyUnsupported ?? "");
        return new LibCryptoConnectionCrypto();
    }

    private sealed class OtherEntropy : IEntropy
    {
        public void Fill(Span<byte> destination) => SystemEntropy.Instance.Fill(destination);

        public ECDiffieHellman CreateEphemeral(ECCurve curve) => SystemEntropy.Instance.CreateEphemeral(curve);
    }
}
