using System.Security.Cryptography;
using System.Text.Json;
using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

/// <summary>Where libcrypto isn't there (not Linux) there is nothing to test but that it says so.</summary>
public sealed class LibCryptoCurveTests
{
    [Fact]
    public void It_is_there_on_Linux_or_says_why_not()
    {
        LibCryptoCurve.TryCreateP256(out var curve).ShouldBe(LibCryptoCurve.WhyUnsupported is null);
        curve?.Dispose();
        if (OperatingSystem.IsLinux()) LibCryptoCurve.WhyUnsupported.ShouldBeNull();
        else LibCryptoCurve.WhyUnsupported.ShouldBe("not Linux");
    }

    [Theory]
    [InlineData("p256", 200)]
    [InlineData("p384", 20)]
    public void It_agrees_with_the_platform_and_keeps_no_private_key(string name, int times)
    {
        using var curve = Create(name);
        var points = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < times; i++)
        {
            using var peer = ECDiffieHellman.Create(Named(name));
            byte[] own = new byte[curve.PointSize], z = new byte[curve.FieldSize];
            curve.TryAgree(Point(peer), own, z).ShouldBeTrue();
            curve.HoldsPrivateKey.ShouldBeFalse();
            using var imported = Import(name, own);
            using var publicKey = imported.PublicKey;
            peer.DeriveRawSecretAgreement(publicKey).ShouldBe(z);
            points.Add(Convert.ToHexString(own)).ShouldBeTrue("a key pair came twice");
        }
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    public void Key_agreement_agrees_with_Wycheproof(string name)
    {
        using var curve = Create(name);
        byte[] own = new byte[curve.PointSize], z = new byte[curve.FieldSize];
        int valid = 0, invalid = 0;
        foreach (var v in Vectors("wycheproof-ecdh.json", name))
        {
            string id = $"{name} {v.GetProperty("tcId").GetInt32()}";
            bool isValid = v.GetProperty("valid").GetBoolean();
            byte[] peer = Hex(v, "public");
            curve.IsOnCurve(peer).ShouldBe(isValid, id);
            curve.TryAgree(peer, own, z).ShouldBe(isValid, id);
            if (isValid)
            {
                curve.TryAgree(peer, own, z, Hex(v, "private")).ShouldBeTrue(id);
                z.ShouldBe(Hex(v, "shared"), id);
                valid++;
            }
            else
            {
                invalid++;
            }
        }
        valid.ShouldBeGreaterThan(3);
        invalid.ShouldBeGreaterThan(14);
    }

    [Fact]
    public void Signature_checks_agree_with_Wycheproof()
    {
        using var curve = Create("p256");
        using var file = Read("wycheproof-ecdsa.json");
        byte[] point = Hex(file.RootElement, "public"), hash = SHA256.HashData(Hex(file.RootElement, "msg"));
        int cases = 0;
        foreach (var v in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            curve.Verify(point, hash, Hex(v, "sig")).ShouldBe(v.GetProperty("valid").GetBoolean(), $"{v.GetProperty("tcId").GetInt32()}");
            cases++;
        }
        cases.ShouldBeGreaterThan(10);
    }

    [Theory]
    [InlineData("p256", 100)]
    [InlineData("p384", 10)]
    public void A_signature_of_the_platform_verifies_and_with_any_one_byte_changed_does_not(string name, int times)
    {
        using var curve = Create(name);
        using var key = ECDsa.Create(Named(name));
        byte[] point = Point(key), hash = new byte[curve.FieldSize];
        var random = new Random(times);
        for (int i = 0; i < times; i++)
        {
            random.NextBytes(hash);
            byte[] signature = key.SignHash(hash);
            curve.Verify(point, hash, signature).ShouldBeTrue();
            signature[i % signature.Length] ^= 1;
            curve.Verify(point, hash, signature).ShouldBeFalse();
            signature[i % signature.Length] ^= 1;
            hash[i % hash.Length] ^= 1;
            curve.Verify(point, hash, signature).ShouldBeFalse();
        }
        curve.Verify(point, hash, []).ShouldBeFalse();
        curve.Verify(point, hash, new byte[2 * curve.FieldSize]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    public void Only_an_uncompressed_point_on_the_curve_is_taken_by_it_as_by_the_platform(string name)
    {
        using var curve = Create(name);
        using var key = ECDsa.Create(Named(name));
        byte[] good = Point(key), own = new byte[curve.PointSize], z = new byte[curve.FieldSize], hash = new byte[curve.FieldSize];
        byte[] signature = key.SignHash(hash);
        int n = curve.FieldSize;
        curve.Verify(good, hash, signature).ShouldBeTrue();
        byte[] offCurve = [.. good];
        offCurve[^1] ^= 1;
        byte[] zeros = new byte[good.Length];
        zeros[0] = 4;
        byte[] unreduced = [.. good];
        unreduced.AsSpan(1, n).Fill(0xFF);
        byte[][] bad =
        [
            [], [0], zeros, offCurve, unreduced, good[..^1], [.. good, 0],
            [(byte)(2 + (good[^1] & 1)), .. good[1..(1 + n)]],   // compressed
            [(byte)(6 + (good[^1] & 1)), .. good[1..]],          // hybrid
        ];
        foreach (byte[] point in bad)
        {
            own.AsSpan().Clear();
            curve.IsOnCurve(point).ShouldBeFalse();
            curve.TryAgree(point, own, z).ShouldBeFalse();
            own.ShouldAllBe(b => b == 0);
            curve.Verify(point, hash, signature).ShouldBeFalse();
            if (point.Length == good.Length && point[0] == 4) Should.Throw<CryptographicException>(() => Import(name, point).Dispose());
        }
        // A refusal leaves nothing behind that the next call, or the platform, would stumble over.
        curve.TryAgree(good, own, z).ShouldBeTrue();
        curve.Verify(good, hash, signature).ShouldBeTrue();
        key.VerifyHash(hash, signature).ShouldBeTrue();
    }

    [Fact]
    public void Wrong_lengths_are_the_callers_fault()
    {
        using var curve = Create("p256");
        byte[] point = new byte[65], z = new byte[32];
        Should.Throw<ArgumentException>(() => curve.TryAgree(point, new byte[64], z));
        Should.Throw<ArgumentException>(() => curve.TryAgree(point, new byte[65], new byte[33]));
        Should.Throw<ArgumentException>(() => curve.Verify(point, new byte[31], new byte[64]));
        curve.Dispose();
        Should.Throw<ObjectDisposedException>(() => curve.TryAgree(point, point, z));
    }

    [Fact]
    public void An_agreement_and_a_check_allocate_nothing()
    {
        using var curve = Create("p256");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = Point(key), own = new byte[65], z = new byte[32], hash = new byte[32];
        byte[] signature = key.SignHash(hash);
        for (int i = 0; i < 3; i++) Once();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) Once();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Once()
        {
            if (!curve.TryAgree(point, own, z) || !curve.Verify(point, hash, signature)) throw new InvalidOperationException();
        }
    }

    private static LibCryptoCurve Create(string name)
    {
        Assert.SkipUnless(LibCryptoCurve.WhyUnsupported is null, LibCryptoCurve.WhyUnsupported ?? "");
        LibCryptoCurve? curve;
        (name == "p256" ? LibCryptoCurve.TryCreateP256(out curve) : LibCryptoCurve.TryCreateP384(out curve)).ShouldBeTrue();
        return curve!;
    }

    private static ECCurve Named(string name) => name == "p256" ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384;

    private static byte[] Point(ECAlgorithm key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. q.X!, .. q.Y!];
    }

    private static ECDiffieHellman Import(string name, byte[] point)
    {
        int n = point.Length / 2;
        return ECDiffieHellman.Create(new ECParameters { Curve = Named(name), Q = new ECPoint { X = point[1..(1 + n)], Y = point[(1 + n)..] } });
    }

    private static IEnumerable<JsonElement> Vectors(string file, string list)
    {
        using var document = Read(file);
        return [.. document.RootElement.GetProperty(list).EnumerateArray().Select(v => v.Clone())];
    }

    private static JsonDocument Read(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", file)));

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}
