namespace FastRelay.Protocol.Handshake;

/// <summary>A hash that grows and is looked at on its way (SPEC 4.8). Used by one thread at a time.</summary>
public interface ITranscriptHash : IDisposable
{
    /// <summary>Adds bytes.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>The hash of what was added so far, Nh bytes; more may follow.</summary>
    void Current(Span<byte> destination);
}
