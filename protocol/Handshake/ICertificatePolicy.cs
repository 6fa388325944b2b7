using System.Security.Cryptography;

namespace FastRelay.Protocol.Handshake;

/// <summary>What a client demands of a server's certificate chain before it makes any key information. <see cref="CertificatePolicy"/> is SPEC 4.5.</summary>
public interface ICertificatePolicy
{
    /// <summary>The name dialled.</summary>
    string ServerName { get; }

    /// <summary>
    /// Validates a chain at a time. Returns null and the leaf's public key, which the caller disposes, or the rule that failed and no key.
    /// </summary>
    /// <param name="chain">The chain of CERT, or one kept from an earlier connection.</param>
    /// <param name="now">The present time.</param>
    /// <param name="leafKey">The key that must have made the server's SIG.</param>
    TrustFailure? Validate(ReadOnlySpan<byte> chain, DateTimeOffset now, out ECDsa? leafKey);
}
