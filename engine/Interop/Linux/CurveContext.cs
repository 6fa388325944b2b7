using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// A curve of libcrypto with room for one key agreement and one signature check at a time (EC_KEY_new(3), ECDSA_SIG_new(3)). What these
/// calls need is made once: the EVP layer above them makes and checks it anew for each. Not thread-safe.
/// </summary>
internal sealed unsafe partial class CurveContext : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int Uncompressed = 4; // POINT_CONVERSION_UNCOMPRESSED

    // The handle is the group; the rest belongs to it.
    private nint _own;
    private nint _peer;
    private nint _point;
    private nint _signature;
    private nint _r;
    private nint _s;
    private nint _numbers;

    /// <summary>Makes an empty context; <see cref="TryCreate"/> makes a usable one.</summary>
    public CurveContext()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Makes a context of a curve.</summary>
    /// <param name="curve">Its number (NID).</param>
    /// <returns>Null when libcrypto hasn't the curve, or has no memory.</returns>
    public static CurveContext? TryCreate(int curve)
    {
        var made = new CurveContext();
        if (made.Make(curve)) return made;
        made.Dispose();
        ERR_clear_error();
        return null;
    }

    /// <summary>Whether a private key is held: only while <see cref="Agree"/> runs.</summary>
    public bool HoldsPrivateKey => EC_KEY_get0_private_key(_own) != 0;

    /// <summary>The order of the group, big-endian.</summary>
    public byte[] Order(int size)
    {
        byte[] order = new byte[size];
        fixed (byte* to = order)
        {
            if (BN_bn2binpad(EC_GROUP_get0_order(handle), to, size) != size) throw new System.Security.Cryptography.CryptographicException("libcrypto's curve has another order.");
        }
        return order;
    }

    /// <summary>Takes a private key, writes its point, agrees with the peer's point and forgets the key. The lengths have been checked by the caller.</summary>
    /// <param name="peer">The peer's point, uncompressed.</param>
    /// <param name="ownPoint">Takes as many bytes; may be empty, then the point isn't computed.</param>
    /// <param name="z">Takes the X coordinate of the shared point.</param>
    /// <param name="privateKey">From 1 to the order less 1, big-endian.</param>
    /// <param name="peerIsGood">Whether the peer's point is on the curve; nothing was written when it isn't.</param>
    /// <returns>Null, or the name of the call that failed.</returns>
    public string? Agree(ReadOnlySpan<byte> peer, Span<byte> ownPoint, Span<byte> z, ReadOnlySpan<byte> privateKey, out bool peerIsGood)
    {
        bool added = false;
        peerIsGood = false;
        try
        {
            DangerousAddRef(ref added);
            if (!Read(peer)) return null;
            peerIsGood = true;
            if (!Use(privateKey, withPoint: !ownPoint.IsEmpty)) return Failed(nameof(EC_KEY_set_private_key));
            fixed (byte* to = ownPoint)
            {
                if (!ownPoint.IsEmpty && EC_POINT_point2oct(handle, EC_KEY_get0_public_key(_own), Uncompressed, to, (nuint)ownPoint.Length, _numbers) != (nuint)ownPoint.Length)
                    return Failed(nameof(EC_POINT_point2oct));
            }
            fixed (byte* to = z)
                return ECDH_compute_key(to, (nuint)z.Length, _point, _own, 0) == z.Length ? null : Failed(nameof(ECDH_compute_key));
        }
        finally
        {
            // Clears the number and lets go of it; the result of that is 0.
            _ = EC_KEY_set_private_key(_own, 0);
            if (added) DangerousRelease();
        }
    }

    /// <summary>Whether a point is on the curve. Its form has been checked by the caller.</summary>
    public bool IsOnCurve(ReadOnlySpan<byte> point)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            return Read(point);
        }
        finally
        {
            if (added) DangerousRelease();
        }
    }

    /// <summary>Checks a signature. The lengths have been checked by the caller.</summary>
    /// <param name="point">The signer's point, uncompressed.</param>
    /// <param name="hash">What was signed.</param>
    /// <param name="signature">r ‖ s, equally long.</param>
    /// <returns>False also for a point that isn't on the curve.</returns>
    public bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            if (!Read(point) || EC_KEY_set_public_key(_peer, _point) != 1) return Failed();
            int half = signature.Length / 2;
            fixed (byte* from = signature, digest = hash)
            {
                if (BN_bin2bn(from, half, _r) == 0 || BN_bin2bn(from + half, half, _s) == 0) return Failed();
                return ECDSA_do_verify(digest, hash.Length, _signature, _peer) == 1 || Failed();
            }
        }
        finally
        {
            if (added) DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        EC_KEY_free(_own); // clears the private key
        EC_KEY_free(_peer);
        EC_POINT_free(_point);
        ECDSA_SIG_free(_signature); // with both numbers
        BN_CTX_free(_numbers);
        EC_GROUP_free(handle);
        return true;
    }

    private static string Failed(string call)
    {
        Failed();
        return call;
    }

    // What a call says of its failure stays in the thread's queue, where the base library would find it.
    private static bool Failed()
    {
        ERR_clear_error();
        return false;
    }

    private bool Make(int curve)
    {
        SetHandle(EC_GROUP_new_by_curve_name(curve));
        if (IsInvalid) return false;
        _own = EC_KEY_new();
        _peer = EC_KEY_new();
        _point = EC_POINT_new(handle);
        _signature = ECDSA_SIG_new();
        _numbers = BN_CTX_new();
        if (_own == 0 || _peer == 0 || _point == 0 || _signature == 0 || _numbers == 0) return false;
        // The first one makes the key's point, which each later one overwrites.
        if (EC_KEY_set_group(_own, handle) != 1 || EC_KEY_generate_key(_own) != 1 || EC_KEY_set_private_key(_own, 0) != 0 || EC_KEY_set_group(_peer, handle) != 1) return false;
        nint r = BN_new(), s = BN_new();
        if (r == 0 || s == 0 || ECDSA_SIG_set0(_signature, r, s) != 1)
        {
            BN_free(r);
            BN_free(s);
            return false;
        }
        (_r, _s) = (r, s);
        return true;
    }

    // Refuses coordinates that aren't below the prime, and points that aren't on the curve. Its order is a prime, so a point on the curve
    // that isn't infinity, which has another form, is of that order: this is the full validation of SP 800-56A 5.6.2.3.3.
    private bool Read(ReadOnlySpan<byte> point)
    {
        fixed (byte* from = point) return EC_POINT_oct2point(handle, _point, from, (nuint)point.Length, _numbers) == 1 || Failed();
    }

    private bool Use(ReadOnlySpan<byte> privateKey, bool withPoint) =>
        PrivateNumber.TrySet(_own, privateKey)
        && (!withPoint || EC_POINT_mul(handle, EC_KEY_get0_public_key(_own), EC_KEY_get0_private_key(_own), 0, 0, _numbers) == 1);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EC_GROUP_new_by_curve_name(int nid);

    [LibraryImport(LibCrypto.Name)]
    private static partial void EC_GROUP_free(nint group);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EC_KEY_new();

    [LibraryImport(LibCrypto.Name)]
    private static partial void EC_KEY_free(nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EC_KEY_set_group(nint key, nint group);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EC_KEY_generate_key(nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EC_KEY_get0_public_key(nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EC_KEY_set_public_key(nint key, nint point);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EC_KEY_set_private_key(nint key, nint number);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EC_POINT_new(nint group);

    [LibraryImport(LibCrypto.Name)]
    private static partial void EC_POINT_free(nint point);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EC_POINT_mul(nint group, nint result, nint ofGenerator, nint point, nint ofPoint, nint numbers);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EC_KEY_get0_private_key(nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EC_POINT_oct2point(nint group, nint point, byte* from, nuint length, nint numbers);

    [LibraryImport(LibCrypto.Name)]
    private static partial nuint EC_POINT_point2oct(nint group, nint point, int form, byte* to, nuint length, nint numbers);

    [LibraryImport(LibCrypto.Name)]
    private static partial int ECDH_compute_key(byte* to, nuint length, nint peerPoint, nint ownKey, nint derivation);

    [LibraryImport(LibCrypto.Name)]
    private static partial int ECDSA_do_verify(byte* hash, int length, nint signature, nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint ECDSA_SIG_new();

    [LibraryImport(LibCrypto.Name)]
    private static partial void ECDSA_SIG_free(nint signature);

    [LibraryImport(LibCrypto.Name)]
    private static partial int ECDSA_SIG_set0(nint signature, nint r, nint s);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint BN_new();

    [LibraryImport(LibCrypto.Name)]
    private static partial void BN_free(nint number);

    [LibraryImport(LibCrypto.Name)]
    private static partial int BN_bn2binpad(nint number, byte* to, int length);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EC_GROUP_get0_order(nint group);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint BN_bin2bn(byte* from, int length, nint number);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint BN_CTX_new();

    [LibraryImport(LibCrypto.Name)]
    private static partial void BN_CTX_free(nint numbers);

    [LibraryImport(LibCrypto.Name)]
    private static partial void ERR_clear_error();
}
