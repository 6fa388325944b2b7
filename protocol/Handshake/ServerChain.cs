namespace FastRelay.Protocol.Handshake;

/// <summary>
/// A server's certificate chain that a client has validated, kept for the handshake of one round trip (SPEC 4.9). It is validated anew,
/// at the present time, each time it is used. Immutable.
/// </summary>
public sealed class ServerChain
{
    /// <summary>Copies the chain.</summary>
    /// <param name="chain">The chain's bytes as CERT carried them.</param>
    /// <param name="suite">The suite that the server chose with it.</param>
    public ServerChain(ReadOnlySpan<byte> chain, CipherSuite suite)
    {
        Chain = chain.ToArray();
        Suite = suite;
        Hash = CertificateChain.Hash(chain);
    }

    /// <summary>The chain's bytes.</summary>
    public ReadOnlyMemory<byte> Chain { get; }

    /// <summary>The suite that the server chose with it.</summary>
    public CipherSuite Suite { get; }

    /// <summary>chain_hash (SPEC 4.4).</summary>
    public ReadOnlyMemory<byte> Hash { get; }
}
