using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

/// <summary>One of the engine's AES-256-GCMs, whichever.</summary>
internal sealed class GcmUnderTest(IDisposable instance, GcmArguments.Seal seal, GcmUnderTest.Open open) : IDisposable
{
    public delegate bool Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad);

    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
        seal(key, nonce, plaintext, ciphertext, tag, aad);

    public bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad) =>
        open(key, nonce, text, tag, aad);

    public void Dispose() => instance.Dispose();
}
