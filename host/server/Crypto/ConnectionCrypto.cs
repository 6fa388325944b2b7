using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Crypto;

/// <summary>What handshakes and their connections are computed with (docs/decisions/0012).</summary>
internal static class ConnectionCrypto
{
    /// <summary>The best that this system has; a line in the log when it is the second best.</summary>
    /// <param name="entropy">Makes the ephemeral keys; any other than the system's needs the platform's cryptography, to which alone it can be given.</param>
    /// <param name="events">Where it is told.</param>
    public static IConnectionCrypto Create(IEntropy entropy, ServerEvents events) => Create(LibCryptoConnectionCrypto.WhyUnsupported, entropy, events);

    /// <summary>The choice, with what was found out as an argument.</summary>
    /// <param name="whyUnsupported">As <see cref="LibCryptoConnectionCrypto.WhyUnsupported"/>.</param>
    /// <param name="entropy">As above.</param>
    /// <param name="events">Where it is told.</param>
    internal static IConnectionCrypto Create(string? whyUnsupported, IEntropy entropy, ServerEvents events)
    {
        if (entropy is not SystemEntropy) return new PlatformConnectionCrypto(entropy);
        if (whyUnsupported is null) return new LibCryptoConnectionCrypto();
        events.PlatformHandshakes(whyUnsupported);
        return new PlatformConnectionCrypto(entropy);
    }
}
