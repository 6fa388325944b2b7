namespace FastRelay.Protocol.Handshake;

/// <summary>
/// What a client's connection is computed with: as a server's, and a key pair whose point is sent before the peer's is known.
/// <see cref="PlatformConnectionCrypto"/> is the base library's, and what equipment uses.
/// </summary>
public interface IClientCrypto : IConnectionCrypto
{
    /// <summary>Makes a fresh key pair (SPEC 4.6); the caller disposes it.</summary>
    /// <param name="suite">Whose curve it is on.</param>
    IEphemeralKey CreateEphemeral(CipherSuite suite);
}
