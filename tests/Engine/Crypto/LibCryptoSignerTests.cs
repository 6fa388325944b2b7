using System.Security.Cryptography;
using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

/// <summary>Where libcrypto isn't there (not Linux) there is nothing to test.</summary>
public sealed class LibCryptoSignerTests
{
    public LibCryptoSignerTests() => Assert.SkipUnless(LibCryptoCurve.WhyUnsupported is null, LibCryptoCurve.WhyUnsupported ?? "");

    [Theory]
    [InlineData("nistP256", 100)]
    [InlineData("nistP384", 10)]
    public void The_platform_verifies_its_signatures_and_none_comes_twice(string curve, int times)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        LibCryptoSigner.TryCreate(key, out var signer).ShouldBeTrue();
        using (signer)
        {
            byte[] hash = new byte[signer!.FieldSize], signature = new byte[2 * signer.FieldSize];
            var signatures = new HashSet<string>(StringComparer.Ordinal);
            for (int i = 0; i < times; i++)
            {
                Random.Shared.NextBytes(hash.AsSpan(1));
                if (i < 3) Array.Clear(hash);
                signer.Sign(hash, signature);
                key.VerifyHash(hash, signature).ShouldBeTrue();
                hash[^1] ^= 1;
                key.VerifyHash(hash, signature).ShouldBeFalse();
                signatures.Add(Convert.ToHexString(signature)).ShouldBeTrue("a nonce came twice");
            }
        }
    }

    [Fact]
    public void It_outlives_the_key_object_it_was_made_of_and_throws_once_disposed()
    {
        using var publicKey = ECDsa.Create();
        LibCryptoSigner? signer;
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            publicKey.ImportParameters(key.ExportParameters(includePrivateParameters: false));
            LibCryptoSigner.TryCreate(key, out signer).ShouldBeTrue();
        }
        byte[] hash = new byte[32], signature = new byte[64];
        signer!.Sign(hash, signature);
        publicKey.VerifyHash(hash, signature).ShouldBeTrue();
        Should.Throw<ArgumentException>(() => signer.Sign(new byte[31], signature));
        Should.Throw<ArgumentException>(() => signer.Sign(hash, new byte[63]));
        signer.Dispose();
        Should.Throw<ObjectDisposedException>(() => signer.Sign(hash, signature));
    }

    [Fact]
    public void A_key_that_isnt_private_or_is_on_another_curve_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        LibCryptoSigner.TryCreate(other, out _).ShouldBeFalse();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var publicKey = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));
        LibCryptoSigner.TryCreate(publicKey, out _).ShouldBeFalse();
    }
}
