using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// A private key of libcrypto that signs by ECDSA (ECDSA_do_sign(3)), without the layer above it, which makes a context for each signature.
/// One signature at a time.
/// </summary>
internal sealed unsafe partial class SigningKey : SafeHandleZeroOrMinusOneIsInvalid
{
    private SigningKey(int curve)
        : base(ownsHandle: true) => SetHandle(EC_KEY_new_by_curve_name(curve));

    /// <summary>Takes a copy of a private key.</summary>
    /// <param name="curve">The number of its curve (NID).</param>
    /// <param name="number">The private key's number, big-endian.</param>
    /// <returns>Null when libcrypto hasn't the curve, or has no memory.</returns>
    public static SigningKey? TryCreate(int curve, ReadOnlySpan<byte> number)
    {
        var made = new SigningKey(curve);
        if (!made.IsInvalid && PrivateNumber.TrySet(made.handle, number)) return made;
        made.Dispose();
        ERR_clear_error();
        return null;
    }

    /// <summary>Signs a hash.</summary>
    /// <param name="hash">As long as a coordinate.</param>
    /// <param name="signature">Takes r ‖ s, each as long as a coordinate.</param>
    /// <returns>False when libcrypto failed.</returns>
    public bool Sign(ReadOnlySpan<byte> hash, Span<byte> signature)
    {
        bool added = false;
        nint made = 0;
        try
        {
            DangerousAddRef(ref added);
            fixed (byte* digest = hash, to = signature)
            {
                made = ECDSA_do_sign(digest, hash.Length, handle);
                int half = signature.Length / 2;
                bool good = made != 0
                    && BN_bn2binpad(ECDSA_SIG_get0_r(made), to, half) == half && BN_bn2binpad(ECDSA_SIG_get0_s(made), to + half, half) == half;
                // What a call says of its failure stays in the thread's queue, where the base library would find it.
                if (!good) ERR_clear_error();
                return good;
            }
        }
        finally
        {
            ECDSA_SIG_free(made);
            if (added) DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        EC_KEY_free(handle); // clears the private key
        return true;
    }

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EC_KEY_new_by_curve_name(int nid);

    [LibraryImport(LibCrypto.Name)]
    private static partial void EC_KEY_free(nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint ECDSA_do_sign(byte* hash, int length, nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint ECDSA_SIG_get0_r(nint signature);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint ECDSA_SIG_get0_s(nint signature);

    [LibraryImport(LibCrypto.Name)]
    private static partial void ECDSA_SIG_free(nint signature);

    [LibraryImport(LibCrypto.Name)]
    private static partial int BN_bn2binpad(nint number, byte* to, int length);

    [LibraryImport(LibCrypto.Name)]
    private static partial void ERR_clear_error();
}
