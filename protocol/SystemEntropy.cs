using System.Security.Cryptography;

namespace FastRelay.Protocol;

/// <summary>The platform's cryptographic random generator: the one place in this assembly that may touch it.</summary>
public sealed class SystemEntropy : IEntropy
{
    /// <summary>The shared instance; it has no state.</summary>
    public static SystemEntropy Instance { get; } = new();

    private SystemEntropy()
    {
    }

#pragma warning disable RS0030 // this is the seam itself
    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
#pragma warning restore RS0030

    /// <inheritdoc/>
    public ECDiffieHellman CreateEphemeral(ECCurve curve) => ECDiffieHellman.Create(curve);
}
