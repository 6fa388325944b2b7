using System.Security.Cryptography;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>The platform's randomness, with an account of the ephemeral keys made: their number, their points, and what to do before each.</summary>
internal sealed class WatchedEntropy(Action? beforeKey = null) : IEntropy
{
    public int KeysMade { get; private set; }

    public List<byte[]> PrivateKeys { get; } = [];

    public void Fill(Span<byte> destination) => SystemEntropy.Instance.Fill(destination);

    public ECDiffieHellman CreateEphemeral(ECCurve curve)
    {
        beforeKey?.Invoke();
        KeysMade++;
        var key = SystemEntropy.Instance.CreateEphemeral(curve);
        PrivateKeys.Add(key.ExportParameters(includePrivateParameters: true).D!);
        return key;
    }
}
