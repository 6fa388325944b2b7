using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Protocol.Records;

/// <summary><see cref="IRecordAead"/> on the platform's <see cref="AesGcm"/>.</summary>
internal sealed class PlatformRecordAead(ReadOnlySpan<byte> key) : IRecordAead
{
    private readonly AesGcm _aead = new(key, CipherSuite.TagSize);

    public void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> aad) => _aead.Encrypt(nonce, text, text, tag, aad);

    public bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad)
    {
        try
        {
            _aead.Decrypt(nonce, text, tag, text, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            // One for each connection at most, since the connection ends here; datagrams are checked without exceptions.
            return false;
        }
    }

    public void Dispose() => _aead.Dispose();
}
