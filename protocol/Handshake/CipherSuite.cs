using System.Security.Cryptography;

namespace FastRelay.Protocol.Handshake;

/// <summary>What a handshake is computed with (SPEC 1.3). Immutable; one instance a suite.</summary>
public sealed class CipherSuite
{
    /// <summary>Suite 1: P-256, SHA-256, AES-256-GCM. Mandatory; also the arithmetic of the end-to-end part.</summary>
    public static readonly CipherSuite P256 = new(1, ECCurve.NamedCurves.nistP256, 32, HashAlgorithmName.SHA256, 32);

    /// <summary>Suite 2: P-384, SHA-384, AES-256-GCM.</summary>
    public static readonly CipherSuite P384 = new(2, ECCurve.NamedCurves.nistP384, 48, HashAlgorithmName.SHA384, 48);

    /// <summary>The bitmap with every suite that this implementation has.</summary>
    public const ushort AllBits = 0x0003;

    /// <summary>Bytes of a key of AES-256-GCM.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of an initialisation vector.</summary>
    public const int IvSize = 12;

    /// <summary>Bytes of a tag.</summary>
    public const int TagSize = 16;

    /// <summary>Longest hash of any suite, for buffers on the stack.</summary>
    public const int MaxHashSize = 48;

    /// <summary>Longest coordinate of any suite, for buffers on the stack.</summary>
    public const int MaxFieldSize = 48;

    /// <summary>Longest point of any suite, for buffers on the stack.</summary>
    public const int MaxPointSize = 97;

    private CipherSuite(ushort number, ECCurve curve, int fieldSize, HashAlgorithmName hash, int hashSize)
    {
        Number = number;
        Curve = curve;
        FieldSize = fieldSize;
        Hash = hash;
        HashSize = hashSize;
        EmptyHash = CryptographicOperations.HashData(hash, []);
        EarlySecret = HKDF.Extract(hash, new byte[hashSize], new byte[hashSize]);
    }

    /// <summary>The number in CERT.</summary>
    public ushort Number { get; }

    /// <summary>The bit in a bitmap of suites.</summary>
    public ushort Bit => (ushort)(1 << (Number - 1));

    /// <summary>The curve of CKEY and SKEY.</summary>
    public ECCurve Curve { get; }

    /// <summary>Bytes of a coordinate, hence of Z.</summary>
    public int FieldSize { get; }

    /// <summary>Bytes of an uncompressed point.</summary>
    public int PointSize => 1 + (2 * FieldSize);

    /// <summary>H.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>Nh, bytes of H's output.</summary>
    public int HashSize { get; }

    /// <summary>H(""), as the key schedule needs it (SPEC 4.9).</summary>
    internal byte[] EmptyHash { get; }

    /// <summary>ES of the key schedule (SPEC 4.9).</summary>
    internal byte[] EarlySecret { get; }

    /// <summary>The suite with a number, or null.</summary>
    public static CipherSuite? FromNumber(ushort number) => number switch
    {
        1 => P256,
        2 => P384,
        _ => null,
    };

    /// <summary>The highest-numbered suite that both bitmaps hold (SPEC 4.4), or null. Bits without a suite are ignored.</summary>
    public static CipherSuite? Choose(ushort ours, ushort theirs)
    {
        int common = ours & theirs;
        return (common & P384.Bit) != 0 ? P384 : (common & P256.Bit) != 0 ? P256 : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"suite {Number}";
}
