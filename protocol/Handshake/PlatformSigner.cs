using System.Security.Cryptography;

namespace FastRelay.Protocol.Handshake;

/// <summary><see cref="IHandshakeSigner"/> by the base library.</summary>
/// <param name="key">The key; not owned.</param>
internal sealed class PlatformSigner(ECDsa key) : IHandshakeSigner
{
    private readonly Lock _gate = new();

    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature)
    {
        // The base library promises thread safety for no key object; signing takes microseconds.
        lock (_gate) return HandshakeSignature.SignInput(key, input, signature);
    }

    public void Dispose()
    {
        // The key is its owner's.
    }
}
