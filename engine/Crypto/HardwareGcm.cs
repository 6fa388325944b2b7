using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) for many short messages under many keys, by the processor's own instructions for AES and carry-less
/// multiplication: no call out of this code, nothing allocated, and the set-up of a key is not repeated when it is the one of the call
/// before. One instance belongs to one worker; not thread-safe. docs/decisions/0011 says why it exists and how far it is to be trusted.
/// </summary>
/// <remarks>
/// Which instructions run and which memory is touched depends on lengths alone, and on whether the key is that of the calls before. Holds
/// the last key's schedule, and the powers of its hash key once they were needed, until the next key or <see cref="Dispose"/>, which clears them.
/// </remarks>
public sealed unsafe class HardwareGcm : IDisposable
{
    private const int BlockSize = 16;
    private const int CacheLine = 64;

    // With so many blocks the powers of the hash key, three multiplications, pay for themselves.
    private const int ManyBlocks = 7;
    private const int Group = 4;

    // Round keys, then the hash key and its powers.
    private const int StateLength = AesBlocks.ScheduleLength + Group;

    private static readonly Lazy<string?> Unsupported = new(Probe);

    // Pinned, so that the collector leaves no copy of a key behind.
    private readonly byte[] _memory = GC.AllocateArray<byte>((StateLength * BlockSize) + CacheLine, pinned: true);
    private readonly Vector128<byte>* _schedule;
    private bool _keyed;
    private bool _powered;
    private bool _disposed;

    private HardwareGcm()
    {
        nuint start = (nuint)Unsafe.AsPointer(ref _memory[0]);
        _schedule = (Vector128<byte>*)((start + CacheLine - 1) & ~(nuint)(CacheLine - 1));
    }

    /// <summary>Why it can't be used on this system; null when it can. Found out once.</summary>
    public static string? WhyUnsupported => Unsupported.Value;

    /// <summary>Makes an instance.</summary>
    /// <returns>False when the processor lacks the instructions (<see cref="WhyUnsupported"/>).</returns>
    public static bool TryCreate([NotNullWhen(true)] out HardwareGcm? made)
    {
        made = WhyUnsupported is null ? new HardwareGcm() : null;
        return made is not null;
    }

    /// <inheritdoc cref="LibCryptoGcm.Seal"/>
    public void Seal(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        GcmArguments.Check(key, nonce, plaintext, ciphertext, tag);
        fixed (byte* keyAt = key, nonceAt = nonce, from = plaintext, to = ciphertext, tagAt = tag, aadAt = aad)
        {
            if (!_keyed || !Holds(keyAt)) SetKey(keyAt);
            var first = First(nonceAt);
            if (plaintext.Length != 0) Cover(first, from, to, plaintext.Length);
            Tag(first, to, plaintext.Length, aadAt, aad.Length).Store(tagAt);
        }
    }

    /// <inheritdoc cref="LibCryptoGcm.TryOpen"/>
    public bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        GcmArguments.Check(key, nonce, text, text, tag);
        fixed (byte* keyAt = key, nonceAt = nonce, at = text, tagAt = tag, aadAt = aad)
        {
            if (!_keyed || !Holds(keyAt)) SetKey(keyAt);
            var first = First(nonceAt);
            var expected = Tag(first, at, text.Length, aadAt, aad.Length);
            // All bytes are compared at once, so the time tells nothing of where they differ.
            if (expected != Vector128.Load(tagAt))
            {
                text.Clear();
                return false;
            }
            if (text.Length != 0) Cover(first, at, at, text.Length);
            return true;
        }
    }

    /// <summary>Clears the key. Further calls do nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        (_keyed, _powered) = (false, false);
        CryptographicOperations.ZeroMemory(_memory);
    }

    /// <summary>J₀ of a 96-bit nonce is the nonce and a counter of 1 (SP 800-38D 7.1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> First(byte* nonce) => Vector128.Create(*(ulong*)nonce, *(uint*)(nonce + 8) | (1ul << 56)).AsByte();

    /// <summary>The tag of a ciphertext.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<byte> Tag(Vector128<byte> first, byte* ciphertext, int length, byte* aad, int aadLength)
    {
        var mask = AesBlocks.Encrypt(_schedule, first);
        var keys = (Vector128<ulong>*)(_schedule + AesBlocks.ScheduleLength);
        if (!_powered && length + aadLength >= ManyBlocks * BlockSize) MakePowers(keys);
        var hash = Absorb(Vector128<ulong>.Zero, aad, aadLength, keys, _powered);
        if (length != 0) hash = Absorb(hash, ciphertext, length, keys, _powered);
        hash = Ghash.Multiply(hash ^ Vector128.Create((ulong)length * 8, (ulong)aadLength * 8), keys[0]);
        return Ghash.Bytes(hash) ^ mask;
    }

    /// <summary>Adds bytes to a hash, the last block filled up with zeros.</summary>
    private static Vector128<ulong> Absorb(Vector128<ulong> hash, byte* bytes, int length, Vector128<ulong>* keys, bool powered)
    {
        if (powered)
        {
            for (; length >= Group * BlockSize; bytes += Group * BlockSize, length -= Group * BlockSize)
            {
                hash = Ghash.AddFour(
                    hash, Ghash.Element(Vector128.Load(bytes)), Ghash.Element(Vector128.Load(bytes + BlockSize)),
                    Ghash.Element(Vector128.Load(bytes + (2 * BlockSize))), Ghash.Element(Vector128.Load(bytes + (3 * BlockSize))), keys);
            }
        }
        var hashKey = keys[0];
        for (; length >= BlockSize; bytes += BlockSize, length -= BlockSize)
            hash = Ghash.Multiply(hash ^ Ghash.Element(Vector128.Load(bytes)), hashKey);
        return length == 0 ? hash : Ghash.Multiply(hash ^ Ghash.Element(LoadPart(bytes, length)), hashKey);
    }

    private void MakePowers(Vector128<ulong>* keys)
    {
        keys[1] = Ghash.Multiply(keys[0], keys[0]);
        keys[2] = Ghash.Multiply(keys[1], keys[0]);
        keys[3] = Ghash.Multiply(keys[1], keys[1]);
        _powered = true;
    }

    /// <summary>Counter mode (SP 800-38D 6.5), from the block after the first.</summary>
    private void Cover(Vector128<byte> first, byte* from, byte* to, int length)
    {
        // With its bytes reversed the counter is the lowest number of four.
        var one = Vector128.CreateScalar(1u);
        var counter = Ghash.Element(first).AsUInt32();
        while (length > 0)
        {
            var a = Ghash.Bytes((counter += one).AsUInt64());
            var b = Ghash.Bytes((counter += one).AsUInt64());
            var c = Ghash.Bytes((counter += one).AsUInt64());
            var d = Ghash.Bytes((counter += one).AsUInt64());
            AesBlocks.Encrypt(_schedule, ref a, ref b, ref c, ref d);
            CoverBlock(a, ref from, ref to, ref length);
            CoverBlock(b, ref from, ref to, ref length);
            CoverBlock(c, ref from, ref to, ref length);
            CoverBlock(d, ref from, ref to, ref length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CoverBlock(Vector128<byte> stream, ref byte* from, ref byte* to, ref int length)
    {
        if (length >= BlockSize)
        {
            (Vector128.Load(from) ^ stream).Store(to);
            from += BlockSize;
            to += BlockSize;
            length -= BlockSize;
            return;
        }
        if (length == 0) return;
        var rest = LoadPart(from, length) ^ stream;
        Unsafe.CopyBlockUnaligned(to, &rest, (uint)length);
        length = 0;
    }

    /// <summary>1 to 15 bytes and zeros.</summary>
    private static Vector128<byte> LoadPart(byte* bytes, int length)
    {
        // The rest of 24 bytes, which is what heartbeats and their ACKs authenticate.
        if (length == sizeof(ulong)) return Vector128.CreateScalar(*(ulong*)bytes).AsByte();
        var part = Vector128<byte>.Zero;
        Unsafe.CopyBlockUnaligned(&part, bytes, (uint)length);
        return part;
    }

    private void SetKey(byte* key)
    {
        AesBlocks.Expand(key, _schedule);
        _schedule[AesBlocks.ScheduleLength] = Ghash.Key(AesBlocks.Encrypt(_schedule, Vector128<byte>.Zero)).AsByte();
        (_keyed, _powered) = (true, false);
    }

    // The key is the schedule's beginning. All bytes are compared at once, so the time tells nothing of where they differ.
    private bool Holds(byte* key) => ((Vector128.Load(key) ^ _schedule[0]) | (Vector128.Load(key + BlockSize) ^ _schedule[1])) == Vector128<byte>.Zero;

    // Long enough for groups of blocks.
    private bool OpensWhatThePlatformSeals()
    {
        byte[] key = new byte[LibCryptoGcm.KeySize], nonce = new byte[LibCryptoGcm.NonceSize], aad = new byte[200], tag = new byte[LibCryptoGcm.TagSize];
        byte[] text = new byte[200];
        using (var platform = new AesGcm(key, tag.Length)) platform.Encrypt(nonce, aad, text, tag, aad);
        bool opens = TryOpen(key, nonce, text, tag, aad) && !text.AsSpan().ContainsAnyExcept((byte)0);
        tag[0] ^= 1;
        return opens && !TryOpen(key, nonce, text, tag, aad);
    }

    private static string? Probe()
    {
        if (!AesBlocks.IsSupported) return "the processor has no AES instructions that this program knows";
        if (!Ghash.IsSupported) return "the processor has no carry-less multiplication that this program knows";
        using var probe = new HardwareGcm();
        return GcmArguments.KnowsTheAnswers(probe.Seal) && probe.OpensWhatThePlatformSeals() ? null : "the processor's AES-256-GCM gives a wrong answer";
    }
}
