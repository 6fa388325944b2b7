namespace FastRelay.Protocol.Records;

/// <summary>AES-256-GCM under one key, where the text stands. Used by one thread at a time. Disposing clears the key.</summary>
public interface IRecordAead : IDisposable
{
    /// <summary>Encrypts.</summary>
    /// <param name="nonce">12 bytes, never twice.</param>
    /// <param name="text">Is replaced by its ciphertext.</param>
    /// <param name="tag">Takes 16 bytes.</param>
    /// <param name="aad">Authenticated, not encrypted.</param>
    void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> aad);

    /// <summary>Decrypts.</summary>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="text">The ciphertext, replaced by its plaintext.</param>
    /// <param name="tag">16 bytes.</param>
    /// <param name="aad">As when it was sealed.</param>
    /// <returns>False when the tag doesn't verify; what stands in <paramref name="text"/> then is not the plaintext.</returns>
    bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad);
}
