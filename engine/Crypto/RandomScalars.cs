using System.Security.Cryptography;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// Private keys on a curve, from the system's randomness, which is taken many at a time: asked for 32 bytes, it costs a fifth of a key pair.
/// What was handed out is cleared here. Belongs to one worker.
/// </summary>
/// <param name="order">The order of the curve's group, big-endian; a prime close below a power of two.</param>
internal sealed class RandomScalars(byte[] order) : IDisposable
{
    private const int AtOnce = 64;

    // Pinned, so that the collector leaves no copy behind.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(AtOnce * order.Length, pinned: true);
    private int _left;

    /// <summary>Takes the next: evenly from 1 to the order less 1, by taking another where the bytes are out of that (FIPS 186-5 A.2.2).</summary>
    public void Next(Span<byte> scalar)
    {
        do
        {
            if (_left == 0)
            {
                RandomNumberGenerator.Fill(_bytes);
                _left = AtOnce;
            }
            var taken = _bytes.AsSpan((AtOnce - _left) * order.Length, order.Length);
            taken.CopyTo(scalar);
            CryptographicOperations.ZeroMemory(taken);
            _left--;
        }
        while (!IsWithin(scalar));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _left = 0;
    }

    /// <summary>Whether it is above zero and below the order. Looks at all bytes, whatever they are.</summary>
    internal bool IsWithin(ReadOnlySpan<byte> scalar)
    {
        int any = 0, borrow = 0;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            any |= scalar[i];
            borrow = (scalar[i] - order[i] - borrow) >> 31 & 1;
        }
        return (any != 0) & (borrow == 1);
    }
}
