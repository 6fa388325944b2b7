using System.Security.Cryptography;
using FastRelay.Protocol;

namespace FastRelay.Equipment.Tests;

/// <summary>Every random byte is the same: 0 draws the low end of a range, 255 the high end. Keys are real.</summary>
internal sealed class FixedEntropy(byte value) : IEntropy
{
    public byte Value { get; set; } = value;

    public void Fill(Span<byte> destination) => destination.Fill(Value);

    public ECDiffieHellman CreateEphemeral(ECCurve curve) => ECDiffieHellman.Create(curve);
}
