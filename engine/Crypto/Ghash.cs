using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// The hash of GCM (NIST SP 800-38D 6.3 and 6.4) by carry-less multiplication: no table and no branch on a secret. Elements of the field
/// are kept with their bytes reversed, so that a bit's place is 127 less its power.
/// </summary>
internal static class Ghash
{
    // x⁶³ + x⁶² + x⁵⁷ in reversed order: with the terms 1 and x¹²⁸, which are moves of whole halves, the polynomial of the field.
    private const ulong Polynomial = 0xC200_0000_0000_0000;

    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Pclmulqdq.IsSupported && Ssse3.IsSupported;

    /// <summary>Sixteen bytes of a message as an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Element(Vector128<byte> block) => Reverse(block).AsUInt64();

    /// <summary>An element as sixteen bytes of a message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Bytes(Vector128<ulong> element) => Reverse(element.AsByte());

    /// <summary>
    /// Makes a hash key ready: H·x. A product of reversed numbers stands one bit too low; with the x in the key it needn't be shifted.
    /// </summary>
    /// <param name="encryptedZero">H, the zero block encrypted.</param>
    public static Vector128<ulong> Key(Vector128<byte> encryptedZero)
    {
        var h = Element(encryptedZero);
        // All ones where the top bit of a half is set, without a branch.
        var topBits = Vector128.ShiftRightArithmetic(h.AsInt64(), 63).AsUInt64();
        var carried = Vector128.Create(topBits.GetElement(1), topBits.GetElement(0)) & Vector128.Create(1ul, 1ul);
        var reduced = Vector128.Create(topBits.GetElement(1)) & Vector128.Create(0ul, Polynomial);
        return Vector128.ShiftLeft(h, 1) ^ carried ^ reduced;
    }

    /// <summary>Multiplies by a hash key of <see cref="Key"/>; a key with itself gives the key of H².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Multiply(Vector128<ulong> element, Vector128<ulong> key)
    {
        var low = Pclmulqdq.CarrylessMultiply(element, key, 0x00);
        var middle = Pclmulqdq.CarrylessMultiply(element, key, 0x01) ^ Pclmulqdq.CarrylessMultiply(element, key, 0x10);
        return Reduce(low, middle, Pclmulqdq.CarrylessMultiply(element, key, 0x11));
    }

    /// <summary>Adds four elements to a hash, a multiplication each and one reduction for all (Gueron and Kounavis, "Intel carry-less multiplication", figure 8).</summary>
    /// <param name="hash">The hash so far.</param>
    /// <param name="a">The first of them.</param>
    /// <param name="b">The second.</param>
    /// <param name="c">The third.</param>
    /// <param name="d">The fourth.</param>
    /// <param name="keys">The keys of H, H², H³ and H⁴.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector128<ulong> AddFour(
        Vector128<ulong> hash, Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c, Vector128<ulong> d, Vector128<ulong>* keys)
    {
        a ^= hash;
        var (k4, k3, k2, k1) = (keys[3], keys[2], keys[1], keys[0]);
        var low = Pclmulqdq.CarrylessMultiply(a, k4, 0x00) ^ Pclmulqdq.CarrylessMultiply(b, k3, 0x00)
            ^ Pclmulqdq.CarrylessMultiply(c, k2, 0x00) ^ Pclmulqdq.CarrylessMultiply(d, k1, 0x00);
        var high = Pclmulqdq.CarrylessMultiply(a, k4, 0x11) ^ Pclmulqdq.CarrylessMultiply(b, k3, 0x11)
            ^ Pclmulqdq.CarrylessMultiply(c, k2, 0x11) ^ Pclmulqdq.CarrylessMultiply(d, k1, 0x11);
        var middle = Pclmulqdq.CarrylessMultiply(a, k4, 0x01) ^ Pclmulqdq.CarrylessMultiply(a, k4, 0x10)
            ^ Pclmulqdq.CarrylessMultiply(b, k3, 0x01) ^ Pclmulqdq.CarrylessMultiply(b, k3, 0x10)
            ^ Pclmulqdq.CarrylessMultiply(c, k2, 0x01) ^ Pclmulqdq.CarrylessMultiply(c, k2, 0x10)
            ^ Pclmulqdq.CarrylessMultiply(d, k1, 0x01) ^ Pclmulqdq.CarrylessMultiply(d, k1, 0x10);
        return Reduce(low, middle, high);
    }

    /// <summary>The lower half of what is left is folded upwards, twice 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Reduce(Vector128<ulong> low, Vector128<ulong> middle, Vector128<ulong> high)
    {
        var polynomial = Vector128.Create(Polynomial);
        middle ^= SwapHalves(low) ^ Pclmulqdq.CarrylessMultiply(low, polynomial, 0x00);
        return high ^ SwapHalves(middle) ^ Pclmulqdq.CarrylessMultiply(middle, polynomial, 0x00);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> SwapHalves(Vector128<ulong> value) => Sse2.Shuffle(value.AsUInt32(), 0x4E).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Reverse(Vector128<byte> bytes) =>
        Ssse3.Shuffle(bytes, Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
}
