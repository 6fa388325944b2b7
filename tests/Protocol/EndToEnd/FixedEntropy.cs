using System.Security.Cryptography;

namespace FastRelay.Protocol.Tests.EndToEnd;

/// <summary>Entropy that gives what a test put in: ephemeral keys in order, and bytes that count up.</summary>
internal sealed class FixedEntropy(params byte[][] privateKeys) : IEntropy
{
    private readonly Queue<byte[]> _keys = new(privateKeys);
    private byte _next;

    public void Fill(Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = _next++;
    }

    public ECDiffieHellman CreateEphemeral(ECCurve curve) => Key(_keys.Dequeue());

    /// <summary>A P-256 key pair from its private number; the point is computed by the platform.</summary>
    public static ECDiffieHellman Key(byte[] d) => ECDiffieHellman.Create(Parameters(d));

    public static ECDsa SigningKey(byte[] d) => ECDsa.Create(Parameters(d));

    private static ECParameters Parameters(byte[] d) => new() { Curve = ECCurve.NamedCurves.nistP256, D = d };
}
