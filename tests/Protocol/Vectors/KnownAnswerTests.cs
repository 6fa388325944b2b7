using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>Published values against the code that runs in a handshake.</summary>
public sealed class KnownAnswerTests
{
    [Fact]
    public void The_key_schedule_gives_RFC_8448s_values_under_TLSs_prefix()
    {
        var v = VectorFile.Read("rfc8448.json");
        using var schedule = new KeySchedule(CipherSuite.P256, v.Hex("ecdhe"), PlatformConnectionCrypto.Instance, "tls13 ");
        schedule.EarlySecret.ShouldBe(v.Hex("early"));
        schedule.HandshakeSecret.ToArray().ShouldBe(v.Hex("handshake"));
        schedule.CommonKey.ToArray().ShouldBe(v.Hex("master"));
        byte[] empty = SHA256.HashData([]);
        Tls(v.Hex("early"), "derived", empty, 32).ShouldBe(v.Hex("derived_early"));
        Tls(v.Hex("handshake"), "derived", empty, 32).ShouldBe(v.Hex("derived_handshake"));
        Made(s => schedule.HandshakeTraffic(ofClient: true, v.Hex("client_hs_hash"), s)).ShouldBe(v.Hex("c_hs"));
        Made(s => schedule.HandshakeTraffic(ofClient: false, v.Hex("client_hs_hash"), s)).ShouldBe(v.Hex("s_hs"));
        Made(s => schedule.ApplicationTraffic(ofClient: true, v.Hex("ap_hash"), s)).ShouldBe(v.Hex("c_ap"));
        Made(s => schedule.ApplicationTraffic(ofClient: false, v.Hex("ap_hash"), s)).ShouldBe(v.Hex("s_ap"));
        Made(s => schedule.Exporter(v.Hex("ap_hash"), s)).ShouldBe(v.Hex("exp"));
        foreach (string secret in new[] { "c_hs", "s_hs", "c_ap", "s_ap" })
        {
            Tls(v.Hex(secret), "key", [], 16).ShouldBe(v.Hex(secret + "_key"));
            Tls(v.Hex(secret), "iv", [], 12).ShouldBe(v.Hex(secret + "_iv"));
        }
        Tls(v.Hex("s_hs"), "finished", [], 32).ShouldBe(v.Hex("s_finished_key"));
        Tls(v.Hex("c_hs"), "finished", [], 32).ShouldBe(v.Hex("c_finished_key"));

        static byte[] Tls(byte[] secret, string label, byte[] context, int length)
        {
            byte[] output = new byte[length];
            LabelledHkdf.Expand(PlatformConnectionCrypto.Instance, CipherSuite.P256, secret, label, context, output, "tls13 ");
            return output;
        }
    }

    [Fact]
    public void The_key_schedule_gives_the_values_of_an_independent_implementation()
    {
        var file = VectorFile.Read("frl1-handshake.json");
        var v = file.GetProperty("handshake");
        using var schedule = new KeySchedule(CipherSuite.P256, v.Hex("ecdh_x"));
        schedule.EarlySecret.ShouldBe(v.Hex("early"));
        schedule.HandshakeSecret.ToArray().ShouldBe(v.Hex("hs"));
        schedule.CommonKey.ToArray().ShouldBe(v.Hex("common_key"));
        Made(s => schedule.HandshakeTraffic(ofClient: true, v.Hex("th_share"), s)).ShouldBe(v.Hex("c_hs"));
        Made(s => schedule.HandshakeTraffic(ofClient: false, v.Hex("th_share"), s)).ShouldBe(v.Hex("s_hs"));
        Made(s => schedule.ApplicationTraffic(ofClient: true, v.Hex("th_sf"), s)).ShouldBe(v.Hex("c_ap"));
        Made(s => schedule.ApplicationTraffic(ofClient: false, v.Hex("th_sf"), s)).ShouldBe(v.Hex("s_ap"));
        Made(s => schedule.Exporter(v.Hex("th_sf"), s)).ShouldBe(v.Hex("exp"));
        Made(s => schedule.Finished(v.Hex("c_hs"), v.Hex("th_sf"), s)).ShouldBe(v.Hex("c_finished"));
        Made(s => LabelledHkdf.Expand(v.Hex("c_ap"), "key", [], s)).ShouldBe(v.Hex("c_ap_key"));
        Made(s => LabelledHkdf.Expand(v.Hex("c_ap"), "iv", [], s), 12).ShouldBe(v.Hex("c_ap_iv"));
        Made(s => LabelledHkdf.Expand(v.Hex("c_ap"), "traffic upd", [], s)).ShouldBe(v.Hex("c_ap_next"));
        Made(s => HandshakeSignature.WriteInput(ofServer: true, v.Hex("th_share"), s), HandshakeSignature.InputSize(32)).ShouldBe(file.Hex("server_sig_input"));
    }

    [Fact]
    public void HKDF_gives_RFC_5869s_values()
    {
        foreach (var v in VectorFile.Read("rfc5869.json").List("cases"))
        {
            byte[] prk = HKDF.Extract(HashAlgorithmName.SHA256, v.Hex("ikm"), v.Hex("salt"));
            prk.ShouldBe(v.Hex("prk"));
            HKDF.Expand(HashAlgorithmName.SHA256, prk, v.Hex("okm").Length, v.Hex("info")).ShouldBe(v.Hex("okm"));
        }
    }

    [Fact]
    public void Key_agreement_gives_RFC_5903s_values_on_both_curves()
    {
        foreach (var v in VectorFile.Read("rfc5903.json").List("cases"))
        {
            var suite = CipherSuite.FromNumber(v.GetProperty("suite").GetUInt16())!;
            using var i = Own(suite, v.Hex("i"));
            using var r = Own(suite, v.Hex("r"));
            byte[] pointOfI = [4, .. v.Hex("gix"), .. v.Hex("giy")];
            byte[] pointOfR = [4, .. v.Hex("grx"), .. v.Hex("gry")];
            Made(s => EcPoint.Write(i, s), suite.PointSize).ShouldBe(pointOfI);
            Made(s => EcPoint.Write(r, s), suite.PointSize).ShouldBe(pointOfR);
            Agree(suite, i, pointOfR).ShouldBe(v.Hex("girx"));
            Agree(suite, r, pointOfI).ShouldBe(v.Hex("girx"));
        }
    }

    [Theory]
    [InlineData("p256", 1)]
    [InlineData("p384", 2)]
    public void Key_agreement_agrees_with_Wycheproof(string curve, ushort number)
    {
        var suite = CipherSuite.FromNumber(number)!;
        int valid = 0, invalid = 0;
        foreach (var v in VectorFile.Read("wycheproof-ecdh.json").List(curve))
        {
            string id = $"{curve} {v.GetProperty("tcId").GetInt32()}";
            if (v.Flag("valid"))
            {
                using var own = Own(suite, v.Hex("private"));
                Agree(suite, own, v.Hex("public")).ShouldBe(v.Hex("shared"), id);
                valid++;
            }
            else
            {
                EcPoint.TryImportAgreement(suite, v.Hex("public"), out _).ShouldBeFalse(id);
                invalid++;
            }
        }
        valid.ShouldBeGreaterThan(3);
        invalid.ShouldBeGreaterThan(14);
    }

    [Fact]
    public void AES_GCM_agrees_with_Wycheproof()
    {
        foreach (var v in VectorFile.Read("wycheproof-aes-gcm.json").List("cases"))
        {
            string id = $"{v.GetProperty("tcId").GetInt32()}";
            using var aead = new AesGcm(v.Hex("key"), CipherSuite.TagSize);
            // In place, as records are sealed and opened.
            byte[] text = v.Hex("msg");
            byte[] tag = new byte[CipherSuite.TagSize];
            aead.Encrypt(v.Hex("iv"), text, text, tag, v.Hex("aad"));
            text.ShouldBe(v.Hex("ct"), id);
            tag.AsSpan().SequenceEqual(v.Hex("tag")).ShouldBe(v.Flag("valid"), id);
            if (v.Flag("valid"))
            {
                aead.Decrypt(v.Hex("iv"), text, tag, text, v.Hex("aad"));
                text.ShouldBe(v.Hex("msg"), id);
            }
            else
            {
                Should.Throw<AuthenticationTagMismatchException>(() => aead.Decrypt(v.Hex("iv"), text, v.Hex("tag"), text, v.Hex("aad")), id);
            }
        }
    }

    [Fact]
    public void Signature_checks_agree_with_Wycheproof()
    {
        var file = VectorFile.Read("wycheproof-ecdsa.json");
        EcPoint.TryImportVerification(file.Hex("public"), out var key).ShouldBeTrue();
        using (key)
        {
            foreach (var v in file.List("cases"))
            {
                byte[] signature = v.Hex("sig");
                bool verifies = signature.Length == 64
                    && key!.VerifyData(file.Hex("msg"), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
                verifies.ShouldBe(v.Flag("valid"), $"{v.GetProperty("tcId").GetInt32()}");
            }
        }
    }

    [Fact]
    public void A_signature_of_another_length_context_or_transcript_does_not_verify()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] th = SHA256.HashData("transcript"u8);
        byte[] signature = new byte[HandshakeSignature.MaxSize];
        signature = signature[..HandshakeSignature.Sign(key, ofServer: true, th, signature)];
        HandshakeSignature.Verify(key, ofServer: true, th, signature).ShouldBeTrue();
        HandshakeSignature.Verify(key, ofServer: false, th, signature).ShouldBeFalse();
        HandshakeSignature.Verify(key, ofServer: true, SHA256.HashData("other"u8), signature).ShouldBeFalse();
        HandshakeSignature.Verify(key, ofServer: true, th, signature.AsSpan(..^1)).ShouldBeFalse();
        HandshakeSignature.Verify(key, ofServer: true, th, [.. signature, 0]).ShouldBeFalse();
        HandshakeSignature.Verify(key, ofServer: true, th, []).ShouldBeFalse();
    }

    [Theory]
    [InlineData("00")]
    [InlineData("02")]
    [InlineData("03")]
    [InlineData("05")]
    [InlineData("06")]
    [InlineData("07")]
    public void A_point_in_any_other_form_is_refused(string firstByte)
    {
        var v = VectorFile.Read("rfc5903.json").List("cases").First();
        byte[] x = v.Hex("gix"), y = v.Hex("giy");
        byte form = Convert.FromHexString(firstByte)[0];
        EcPoint.TryImportAgreement(CipherSuite.P256, [4, .. x, .. y], out var good).ShouldBeTrue();
        good!.Dispose();
        EcPoint.TryImportAgreement(CipherSuite.P256, [form, .. x, .. y], out _).ShouldBeFalse();
        EcPoint.TryImportVerification([form, .. x, .. y], out _).ShouldBeFalse();
        EcPoint.TryImportAgreement(CipherSuite.P256, [form, .. x], out _).ShouldBeFalse();
        EcPoint.TryImportAgreement(CipherSuite.P256, [form], out _).ShouldBeFalse();
    }

    [Fact]
    public void A_coordinate_that_is_not_reduced_is_refused()
    {
        // (x + p, y) names the same point as (x, y) to who forgets to check; x = 5 is on P-256.
        const string p = "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF";
        byte[] x = new byte[32];
        x[31] = 5;
        byte[] y = Convert.FromHexString("459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC");
        byte[] unreduced = Convert.FromHexString(p);
        for (int i = 31, carry = 5; i >= 0; i--)
        {
            carry += unreduced[i];
            unreduced[i] = (byte)carry;
            carry >>= 8;
        }
        EcPoint.TryImportAgreement(CipherSuite.P256, [4, .. x, .. y], out var good).ShouldBeTrue();
        good!.Dispose();
        EcPoint.TryImportAgreement(CipherSuite.P256, [4, .. unreduced, .. y], out _).ShouldBeFalse();
    }

    private static ECDiffieHellman Own(CipherSuite suite, byte[] privateKey)
    {
        byte[] d = new byte[suite.FieldSize];
        privateKey.CopyTo(d, d.Length - privateKey.Length);
        return ECDiffieHellman.Create(new ECParameters { Curve = suite.Curve, D = d });
    }

    private static byte[] Agree(CipherSuite suite, ECDiffieHellman own, byte[] point)
    {
        EcPoint.TryImportAgreement(suite, point, out var peer).ShouldBeTrue();
        using (peer) return EcPoint.Agree(own, peer!);
    }

    private delegate void Maker(Span<byte> destination);

    private static byte[] Made(Maker maker, int length = 32)
    {
        byte[] made = new byte[length];
        maker(made);
        return made;
    }
}
