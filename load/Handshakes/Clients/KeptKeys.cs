using System.Security.Cryptography;
using FastRelay.Engine.Crypto;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Load.Handshakes.Clients;

/// <summary>
/// Ephemeral keys that aren't: a few key pairs on P-256, made beforehand and used in turn. A server can't tell, and a generator must do less
/// than the server whose work it measures. For load alone. Used by one thread.
/// </summary>
internal sealed class KeptKeys : IDisposable
{
    private const int Count = 32;

    private readonly LibCryptoCurve _curve;
    private readonly Key[] _keys;
    private int _next;

    public KeptKeys()
    {
        if (!LibCryptoCurve.TryCreateP256(out var curve)) throw new LoadException($"The generator needs libcrypto: {LibCryptoCurve.WhyUnsupported}.");
        _curve = curve;
        _keys = [.. Enumerable.Range(0, Count).Select(_ => new Key(curve))];
    }

    /// <summary>The next of them; disposing it does nothing.</summary>
    public IEphemeralKey Next() => _keys[_next++ % Count];

    public void Dispose() => _curve.Dispose();

    private sealed class Key : IEphemeralKey
    {
        private readonly LibCryptoCurve _curve;
        private readonly byte[] _private;
        private readonly byte[] _point = new byte[EcPoint.P256Size];

        public Key(LibCryptoCurve curve)
        {
            _curve = curve;
            using var made = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            _private = made.ExportParameters(includePrivateParameters: true).D!;
            EcPoint.Write(made, _point);
        }

        public int WritePoint(Span<byte> destination)
        {
            _point.CopyTo(destination);
            return _point.Length;
        }

        public bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> z) => _curve.TryAgree(peer, ownPoint: [], z, _private);

        public void Dispose()
        {
            // Kept for the next handshake.
        }
    }
}
