using System.Security.Cryptography;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>P-256 as the end-to-end part uses it, whatever the suite (SPEC 1.3): uncompressed points in, X coordinates out.</summary>
public static class P256
{
    /// <summary>Bytes of an uncompressed point, <c>04 ‖ X ‖ Y</c>.</summary>
    public const int PointSize = 65;

    /// <summary>Bytes of the X coordinate of a shared point.</summary>
    public const int SharedSize = 32;

    /// <summary>Writes the public point of a key pair, 65 bytes.</summary>
    public static void WritePoint(ECAlgorithm key, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        destination[0] = 4;
        q.X.CopyTo(destination[1..]);
        q.Y.CopyTo(destination[33..]);
    }

    /// <summary>Whether 65 bytes are an uncompressed point on the curve (SPEC 1.1).</summary>
    public static bool IsPoint(ReadOnlySpan<byte> point)
    {
        if (!TryParameters(point, out var parameters)) return false;
        try
        {
            using var key = ECDiffieHellman.Create(parameters);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Computes the X coordinate of the shared point (SP 800-56A 5.7.1.2).</summary>
    /// <returns><see cref="RejectReason.BadPoint"/> when the peer's bytes aren't a point on the curve.</returns>
    public static RejectReason TryAgree(ECDiffieHellman own, ReadOnlySpan<byte> peerPoint, Span<byte> shared)
    {
        ArgumentNullException.ThrowIfNull(own);
        if (!TryParameters(peerPoint, out var parameters)) return RejectReason.BadPoint;
        try
        {
            // The import checks that the point is on the curve.
            using var peer = ECDiffieHellman.Create(parameters);
            using var publicKey = peer.PublicKey;
            byte[] secret = own.DeriveRawSecretAgreement(publicKey);
            secret.CopyTo(shared);
            CryptographicOperations.ZeroMemory(secret);
            return RejectReason.None;
        }
        catch (CryptographicException)
        {
            return RejectReason.BadPoint;
        }
    }

    /// <summary>A public signature key from its point; null when the bytes aren't a point on the curve. The caller disposes it.</summary>
    public static ECDsa? ImportVerificationKey(ReadOnlySpan<byte> point)
    {
        if (!TryParameters(point, out var parameters)) return null;
        try
        {
            return ECDsa.Create(parameters);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool TryParameters(ReadOnlySpan<byte> point, out ECParameters parameters)
    {
        parameters = default;
        if (point.Length != PointSize || point[0] != 4) return false;
        parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
        };
        return true;
    }
}
