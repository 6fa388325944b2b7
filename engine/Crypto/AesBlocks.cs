using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AesInstructions = System.Runtime.Intrinsics.X86.Aes;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// The AES-256 block cipher (FIPS 197) by the processor's AES instructions: no table and no branch on a secret, so its time tells nothing.
/// </summary>
internal static unsafe class AesBlocks
{
    /// <summary>Round keys of a schedule.</summary>
    public const int ScheduleLength = Rounds + 1;

    private const int Rounds = 14;

    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => AesInstructions.IsSupported && Ssse3.IsSupported;

    /// <summary>Expands a key (FIPS 197 5.2).</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="schedule">Takes <see cref="ScheduleLength"/> round keys; the first two are the key itself.</param>
    public static void Expand(byte* key, Vector128<byte>* schedule)
    {
        // The last word of a round key in all four places, once rotated and once not.
        var rotated = Vector128.Create(0x0C0F0E0Du).AsByte();
        var straight = Vector128.Create(0x0F0E0D0Cu).AsByte();
        var even = Vector128.Load(key);
        var odd = Vector128.Load(key + 16);
        schedule[0] = even;
        schedule[1] = odd;
        uint roundConstant = 1;
        for (int i = 2; ; i += 2, roundConstant <<= 1)
        {
            // The last round substitutes each byte and adds its key. It also shifts rows, which four equal words don't show.
            even = RunningXor(even) ^ AesInstructions.EncryptLast(Ssse3.Shuffle(odd, rotated), Vector128.Create(roundConstant).AsByte());
            schedule[i] = even;
            if (i == Rounds) return;
            odd = RunningXor(odd) ^ AesInstructions.EncryptLast(Ssse3.Shuffle(even, straight), Vector128<byte>.Zero);
            schedule[i + 1] = odd;
        }
    }

    /// <summary>Encrypts one block.</summary>
    public static Vector128<byte> Encrypt(Vector128<byte>* schedule, Vector128<byte> block)
    {
        block ^= schedule[0];
        for (int round = 1; round < Rounds; round++) block = AesInstructions.Encrypt(block, schedule[round]);
        return AesInstructions.EncryptLast(block, schedule[Rounds]);
    }

    /// <summary>Encrypts four blocks in place, in hardly more time than one.</summary>
    public static void Encrypt(Vector128<byte>* schedule, ref Vector128<byte> a, ref Vector128<byte> b, ref Vector128<byte> c, ref Vector128<byte> d)
    {
        var (p, q, r, s) = (a ^ schedule[0], b ^ schedule[0], c ^ schedule[0], d ^ schedule[0]);
        for (int round = 1; round < Rounds; round++)
        {
            var key = schedule[round];
            p = AesInstructions.Encrypt(p, key);
            q = AesInstructions.Encrypt(q, key);
            r = AesInstructions.Encrypt(r, key);
            s = AesInstructions.Encrypt(s, key);
        }
        var last = schedule[Rounds];
        a = AesInstructions.EncryptLast(p, last);
        b = AesInstructions.EncryptLast(q, last);
        c = AesInstructions.EncryptLast(r, last);
        d = AesInstructions.EncryptLast(s, last);
    }

    // Each word becomes the sum of itself and all before it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> RunningXor(Vector128<byte> words)
    {
        words ^= Sse2.ShiftLeftLogical128BitLane(words, 4);
        return words ^ Sse2.ShiftLeftLogical128BitLane(words, 8);
    }
}
