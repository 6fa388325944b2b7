using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// SHA-256 or SHA-384 (FIPS 180-4): the blocks by libcrypto, what goes around them here. A hash on its way is <see cref="ShaBlocks.ContextSize"/>
/// bytes of the caller's. Thread-safe: it holds nothing that changes.
/// </summary>
internal sealed unsafe class ShaHash
{
    /// <summary>Bytes of the longer block.</summary>
    public const int MaxBlock = 128;

    /// <summary>Bytes of the longer hash.</summary>
    public const int MaxHash = 48;

    private const int Words = 8;
    private readonly byte[] _beginning = new byte[ShaBlocks.ContextSize];
    private readonly bool _isLong;

    private ShaHash(bool isLong)
    {
        _isLong = isLong;
        fixed (byte* to = _beginning)
        {
            if ((isLong ? ShaBlocks.BeginSha384(to) : ShaBlocks.BeginSha256(to)) != 1) throw new CryptographicException("libcrypto gives no hash.");
        }
    }

    /// <summary>Bytes of a block: 64 or 128.</summary>
    public int BlockSize => _isLong ? MaxBlock : 64;

    /// <summary>Bytes of a hash: 32 or 48.</summary>
    public int HashSize => _isLong ? MaxHash : 32;

    // The words of SHA-512, of which SHA-384 gives six.
    private int StateSize => Words * (_isLong ? sizeof(ulong) : sizeof(uint));

    /// <summary>SHA-256. Ask <see cref="LibCrypto.WhyMissing"/> first.</summary>
    /// <exception cref="EntryPointNotFoundException">libcrypto doesn't offer it.</exception>
    public static ShaHash CreateSha256() => new(isLong: false);

    /// <summary>SHA-384. As <see cref="CreateSha256"/>.</summary>
    public static ShaHash CreateSha384() => new(isLong: true);

    /// <summary>Begins a hash.</summary>
    public void Begin(byte* context) => _beginning.AsSpan(0, StateSize).CopyTo(new Span<byte>(context, StateSize));

    /// <summary>Goes on from where another one stands.</summary>
    public void Begin(byte* context, byte* other) => new ReadOnlySpan<byte>(other, StateSize).CopyTo(new Span<byte>(context, StateSize));

    /// <summary>Adds a block of <see cref="BlockSize"/> bytes.</summary>
    public void Add(byte* context, byte* block)
    {
        if (_isLong) ShaBlocks.AddToSha384(context, block);
        else ShaBlocks.AddToSha256(context, block);
    }

    /// <summary>Forgets a hash.</summary>
    public void Clear(byte* context) => CryptographicOperations.ZeroMemory(new Span<byte>(context, StateSize));

    /// <summary>Adds the rest of the message and writes the hash.</summary>
    /// <param name="context">Where the hash stands; of no use afterwards.</param>
    /// <param name="added">Bytes that were added before, in whole blocks.</param>
    /// <param name="rest">The rest; any length.</param>
    /// <param name="hash"><see cref="HashSize"/> bytes.</param>
    [SkipLocalsInit]
    public void End(byte* context, int added, ReadOnlySpan<byte> rest, Span<byte> hash)
    {
        int block = BlockSize;
        int lengthSize = block / Words;
        byte* tail = stackalloc byte[2 * MaxBlock];
        fixed (byte* from = rest)
        {
            int at = 0;
            for (; rest.Length - at >= block; at += block) Add(context, from + at);
            // The last bytes, a one bit, zeros, and the length in bits to the end of a block.
            int left = rest.Length - at;
            int size = left + 1 + lengthSize <= block ? block : 2 * block;
            var padded = new Span<byte>(tail, size);
            rest[at..].CopyTo(padded);
            padded[left] = 0x80;
            padded[(left + 1)..].Clear();
            BinaryPrimitives.WriteUInt64BigEndian(padded[(size - sizeof(ulong))..], 8 * ((ulong)added + (ulong)rest.Length));
            Add(context, tail);
            if (size > block) Add(context, tail + block);
            CryptographicOperations.ZeroMemory(padded);
        }
        if (_isLong) Write((ulong*)context, hash);
        else Write((uint*)context, hash);
    }

    private static void Write(uint* words, Span<byte> hash)
    {
        var from = new ReadOnlySpan<uint>(words, Words);
        BinaryPrimitives.ReverseEndianness(from, MemoryMarshal.Cast<byte, uint>(hash)[..Words]);
    }

    private static void Write(ulong* words, Span<byte> hash)
    {
        var from = new ReadOnlySpan<ulong>(words, MaxHash / sizeof(ulong));
        BinaryPrimitives.ReverseEndianness(from, MemoryMarshal.Cast<byte, ulong>(hash)[..from.Length]);
    }
}
