using System.Security.Cryptography;

namespace FastRelay.Protocol.Handshake;

/// <summary><see cref="ITranscriptHash"/> by the base library.</summary>
internal sealed class PlatformTranscriptHash(HashAlgorithmName name) : ITranscriptHash
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(name);

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public void Current(Span<byte> destination) => _hash.GetCurrentHash(destination);

    public void Dispose() => _hash.Dispose();
}
