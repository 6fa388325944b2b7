using System.Security.Cryptography;

namespace FastRelay.Protocol;

/// <summary>
/// Where the protocol takes its randomness from. It is an argument everywhere, so that a simulation
/// or a known-answer test replays exactly. Implementations are thread-safe.
/// </summary>
public interface IEntropy
{
    /// <summary>Fills the whole span with unpredictable bytes.</summary>
    void Fill(Span<byte> destination);

    /// <summary>Makes a fresh ephemeral key pair on the curve. The caller owns and disposes it.</summary>
    ECDiffieHellman CreateEphemeral(ECCurve curve);
}
