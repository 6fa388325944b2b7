using System.Security.Cryptography;

namespace FastRelay.Protocol.Tests.Support;

/// <summary>Reproducible bytes from a seed: HMAC-SHA256 of a counter. Ephemeral keys come from the platform unless a test queued some.</summary>
public sealed class SeededEntropy(string seed) : IEntropy
{
    private readonly Lock _gate = new();
    private readonly byte[] _key = System.Text.Encoding.UTF8.GetBytes(seed);
    private readonly Queue<ECParameters> _ephemerals = new();
    private long _counter;

    /// <summary>The next ephemeral key will be this one (with its private part).</summary>
    public SeededEntropy WithEphemeral(ECParameters parameters)
    {
        lock (_gate) _ephemerals.Enqueue(parameters);
        return this;
    }

    public void Fill(Span<byte> destination)
    {
        lock (_gate)
        {
            while (!destination.IsEmpty)
            {
                byte[] block = HMACSHA256.HashData(_key, BitConverter.GetBytes(_counter++));
                int take = Math.Min(block.Length, destination.Length);
                block.AsSpan(0, take).CopyTo(destination);
                destination = destination[take..];
            }
        }
    }

    public ECDiffieHellman CreateEphemeral(ECCurve curve)
    {
        lock (_gate)
        {
            return _ephemerals.TryDequeue(out ECParameters queued) ? ECDiffieHellman.Create(queued) : ECDiffieHellman.Create(curve);
        }
    }
}
