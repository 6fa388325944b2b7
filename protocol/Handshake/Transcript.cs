namespace FastRelay.Protocol.Handshake;

/// <summary>
/// The handshake's messages so far, hashed (SPEC 4.8): each as <c>u8 type ‖ u8 1 ‖ u16 length ‖ payload</c>, also those that
/// travel inside records. Signatures, FINs and keys are bound to it, so a byte changed on the way makes the two sides differ.
/// </summary>
public sealed class Transcript : IDisposable
{
    private readonly ITranscriptHash _hash;

    /// <summary>An empty transcript with the suite's hash.</summary>
    /// <param name="suite">The suite.</param>
    /// <param name="crypto">What the connection is computed with.</param>
    public Transcript(CipherSuite suite, IConnectionCrypto crypto)
    {
        ArgumentNullException.ThrowIfNull(crypto);
        _hash = crypto.StartTranscript(suite);
    }

    /// <summary>Enters a message.</summary>
    public void Append(byte type, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        new FrameHeader(type, checked((ushort)payload.Length)).Write(header);
        _hash.Append(header);
        _hash.Append(payload);
    }

    /// <summary>th: writes Nh bytes; more messages may follow.</summary>
    public void CurrentHash(Span<byte> destination) => _hash.Current(destination);

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
