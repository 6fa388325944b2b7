using System.Security.Cryptography;

namespace FastRelay.Protocol.Tests.Vectors;

/// <summary>Bytes 0, 1, 2 …, and the ephemeral key it was given.</summary>
internal sealed class CountingEntropy(ECParameters ephemeral) : IEntropy
{
    private byte _next;

    public void Fill(Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = _next++;
    }

    public ECDiffieHellman CreateEphemeral(ECCurve curve) => ECDiffieHellman.Create(ephemeral);
}
