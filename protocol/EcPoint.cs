using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Protocol;

/// <summary>
/// Points on the wire: uncompressed, <c>04 ‖ X ‖ Y</c> (SPEC 1.1, SEC 1 2.3.3): 65 bytes on P-256, 97 on P-384.
/// Compressed, hybrid and infinite points have another first byte or length; a pair that isn't on the curve is refused by the
/// platform when it is imported (OpenSSL's and CNG's full public-key check), so no key agreement ever runs on one.
/// </summary>
public static class EcPoint
{
    /// <summary>Bytes of a point on P-256.</summary>
    public const int P256Size = 65;

    private const byte Uncompressed = 4;

    /// <summary>Imports a peer's point for key agreement on the suite's curve. The caller disposes it. False for any malformed point.</summary>
    public static bool TryImportAgreement(CipherSuite suite, ReadOnlySpan<byte> point, [NotNullWhen(true)] out ECDiffieHellman? key)
    {
        ArgumentNullException.ThrowIfNull(suite);
        key = null;
        if (!TryRead(suite, point, out var parameters)) return false;
        try
        {
            key = ECDiffieHellman.Create(parameters);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Imports a P-256 point for verifying signatures. The caller disposes it. False for any malformed point.</summary>
    public static bool TryImportVerification(ReadOnlySpan<byte> point, [NotNullWhen(true)] out ECDsa? key)
    {
        key = null;
        if (!TryRead(CipherSuite.P256, point, out var parameters)) return false;
        try
        {
            key = ECDsa.Create(parameters);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Writes the public point of a key on P-256 or P-384 and returns its length.</summary>
    public static int Write(ECDiffieHellman key, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Write(key.ExportParameters(includePrivateParameters: false).Q, destination);
    }

    /// <summary>Writes the public point of a key on P-256 or P-384 and returns its length.</summary>
    public static int Write(ECDsa key, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Write(key.ExportParameters(includePrivateParameters: false).Q, destination);
    }

    /// <summary>
    /// Z: the X coordinate of the shared point, as long as the curve's field (SP 800-56A 5.7.1.2, SPEC 4.6).
    /// A secret: the caller clears it.
    /// </summary>
    public static byte[] Agree(ECDiffieHellman own, ECDiffieHellman peer)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(peer);
        using var publicKey = peer.PublicKey;
        return own.DeriveRawSecretAgreement(publicKey);
    }

    private static bool TryRead(CipherSuite suite, ReadOnlySpan<byte> point, out ECParameters parameters)
    {
        parameters = default;
        if (point.Length != suite.PointSize || point[0] != Uncompressed) return false;
        parameters = new ECParameters
        {
            Curve = suite.Curve,
            Q = new ECPoint { X = point.Slice(1, suite.FieldSize).ToArray(), Y = point[(1 + suite.FieldSize)..].ToArray() },
        };
        return true;
    }

    private static int Write(in ECPoint q, Span<byte> destination)
    {
        byte[] x = q.X!, y = q.Y!;
        destination[0] = Uncompressed;
        x.CopyTo(destination[1..]);
        y.CopyTo(destination[(1 + x.Length)..]);
        return 1 + x.Length + y.Length;
    }
}
