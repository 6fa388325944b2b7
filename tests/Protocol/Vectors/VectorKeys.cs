using System.Security.Cryptography;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>The fixed keys of the vectors. The ephemeral ones are those of RFC 5903 8.1 (P-256) and 8.2 (P-384).</summary>
internal static class VectorKeys
{
    public static readonly ECParameters Identity = P256(Repeated(0x11));
    public static readonly ECParameters Agreement = P256(Repeated(0x22));
    public static readonly ECParameters Leaf = P256(Repeated(0x33));
    public static readonly ECParameters IssuerE2E = P256(Repeated(0x44));
    public static readonly ECParameters DeviceE2E = P256(Repeated(0x55));

    public static readonly ECParameters Client256 = P256("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
    public static readonly ECParameters Server256 = P256("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53");

    public static readonly ECParameters Client384 = P384(
        "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194");

    public static readonly ECParameters Server384 = P384(
        "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc");

    public static byte[] Point(ECParameters key)
    {
        using var pair = ECDiffieHellman.Create(key);
        var q = pair.ExportParameters(false).Q;
        return [4, .. q.X!, .. q.Y!];
    }

    private static string Repeated(byte value) => Convert.ToHexStringLower([.. Enumerable.Repeat(value, 32)]);

    private static ECParameters P256(string d) => Key(ECCurve.NamedCurves.nistP256, d);

    private static ECParameters P384(string d) => Key(ECCurve.NamedCurves.nistP384, d);

    private static ECParameters Key(ECCurve curve, string d) => new() { Curve = curve, D = Convert.FromHexString(d) };
}
