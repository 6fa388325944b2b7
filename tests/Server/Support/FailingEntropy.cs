using System.Security.Cryptography;
using FastRelay.Protocol;

namespace FastRelay.Server.Tests.Support;

/// <summary>Randomness that runs dry on the shards' threads once a test says so: the fault that kills a datagram loop, and nothing else.</summary>
internal sealed class FailingEntropy : IEntropy
{
    public bool IsDry { get; set; }

    public void Fill(Span<byte> destination)
    {
        // A shard's thread is its own, named after its port.
        if (IsDry && Thread.CurrentThread.Name?.StartsWith("udp ", StringComparison.Ordinal) == true) throw new InvalidOperationException("a fault made by a test");
        SystemEntropy.Instance.Fill(destination);
    }

    public ECDiffieHellman CreateEphemeral(ECCurve curve) => SystemEntropy.Instance.CreateEphemeral(curve);
}
