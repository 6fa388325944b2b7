using System.Security.Cryptography;

namespace FastRelay.Protocol;

/// <summary>
/// Randomness for one worker that wants few bytes very often: takes many at once from another source and hands them out; what was handed
/// out is cleared here. Unlike other sources it is not thread-safe.
/// </summary>
/// <param name="source">Where the bytes come from.</param>
public sealed class BufferedEntropy(IEntropy source) : IEntropy
{
    private const int Size = 4096;

    // Pinned, so that the collector leaves no copy behind.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
    private int _left;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        if (destination.Length > Size)
        {
            source.Fill(destination);
            return;
        }
        if (destination.Length > _left)
        {
            source.Fill(_bytes);
            _left = Size;
        }
        var taken = _bytes.AsSpan(Size - _left, destination.Length);
        taken.CopyTo(destination);
        CryptographicOperations.ZeroMemory(taken);
        _left -= destination.Length;
    }

    /// <inheritdoc/>
    public ECDiffieHellman CreateEphemeral(ECCurve curve) => source.CreateEphemeral(curve);
}
