using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>A private key's number on its way into a key of libcrypto (EC_KEY_set_private_key(3)).</summary>
internal static unsafe partial class PrivateNumber
{
    /// <summary>Gives a key a copy of the number, which is marked to be computed with in constant time; what was made on the way is cleared.</summary>
    /// <param name="key">An EC_KEY with its group.</param>
    /// <param name="number">Big-endian.</param>
    /// <returns>False when libcrypto refuses it, or has no memory.</returns>
    public static bool TrySet(nint key, ReadOnlySpan<byte> number)
    {
        fixed (byte* from = number)
        {
            nint made = BN_bin2bn(from, number.Length, 0);
            bool set = made != 0 && EC_KEY_set_private_key(key, made) == 1;
            BN_clear_free(made);
            return set;
        }
    }

    [LibraryImport(LibCrypto.Name)]
    private static partial nint BN_bin2bn(byte* from, int length, nint number);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EC_KEY_set_private_key(nint key, nint number);

    [LibraryImport(LibCrypto.Name)]
    private static partial void BN_clear_free(nint number);
}
