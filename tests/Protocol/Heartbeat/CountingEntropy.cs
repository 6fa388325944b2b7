using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>Nonces 1, 2, 3 …, as in the models; the next one is part of a state that is explored.</summary>
internal sealed class CountingEntropy : IEntropy
{
    public uint Next { get; set; } = 1;

    public void Fill(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, Next++);

    public ECDiffieHellman CreateEphemeral(ECCurve curve) => throw new NotSupportedException();
}
