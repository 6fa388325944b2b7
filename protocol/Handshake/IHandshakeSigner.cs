namespace FastRelay.Protocol.Handshake;

/// <summary>A server's private key that makes its SIG (SPEC 4.7). Thread-safe. Disposing forgets the key.</summary>
public interface IHandshakeSigner : IDisposable
{
    /// <summary>Signs with the hash of the key's size: SHA-256 with P-256, SHA-384 with P-384.</summary>
    /// <param name="input">What is signed.</param>
    /// <param name="signature">Takes r ‖ s; 96 bytes of room.</param>
    /// <returns>The bytes written, 64 or 96.</returns>
    int Sign(ReadOnlySpan<byte> input, Span<byte> signature);
}
