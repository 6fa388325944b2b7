using System.Numerics;

namespace FastRelay.Protocol.Tests.EndToEnd;

/// <summary>RFC 7748's X25519, slow and plain: only to feed the published vectors of Noise, which exist for this curve and not for P-256.</summary>
internal static class X25519
{
    private static readonly BigInteger P = (BigInteger.One << 255) - 19;

    public static byte[] BasePoint { get; } = [9, .. new byte[31]];

    public static byte[] Agree(byte[] scalar, byte[] point)
    {
        byte[] clamped = [.. scalar];
        clamped[0] &= 248;
        clamped[31] = (byte)((clamped[31] & 127) | 64);
        var k = new BigInteger(clamped, isUnsigned: true);
        byte[] masked = [.. point];
        masked[31] &= 127;
        var x1 = new BigInteger(masked, isUnsigned: true);
        BigInteger x2 = 1, z2 = 0, x3 = x1, z3 = 1;
        for (int t = 254; t >= 0; t--)
        {
            bool bit = !((k >> t) & 1).IsZero;
            if (bit) (x2, x3, z2, z3) = (x3, x2, z3, z2);
            BigInteger a = Mod(x2 + z2), b = Mod(x2 - z2), c = Mod(x3 + z3), d = Mod(x3 - z3);
            BigInteger aa = Mod(a * a), bb = Mod(b * b), e = Mod(aa - bb), da = Mod(d * a), cb = Mod(c * b);
            x3 = Mod((da + cb) * (da + cb));
            z3 = Mod(x1 * Mod((da - cb) * (da - cb)));
            x2 = Mod(aa * bb);
            z2 = Mod(e * (aa + (121665 * e)));
            if (bit) (x2, x3, z2, z3) = (x3, x2, z3, z2);
        }
        byte[] result = Mod(x2 * BigInteger.ModPow(z2, P - 2, P)).ToByteArray(isUnsigned: true);
        return [.. result, .. new byte[32 - result.Length]];
    }

    private static BigInteger Mod(BigInteger value)
    {
        var remainder = value % P;
        return remainder.Sign < 0 ? remainder + P : remainder;
    }
}
