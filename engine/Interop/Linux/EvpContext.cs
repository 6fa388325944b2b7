using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>Two P-256 keys and a context of the EVP layer for each operation with them (EVP_PKEY_CTX_new(3)). Not thread-safe.</summary>
internal sealed unsafe partial class EvpContext : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int EcKey = 408; // EVP_PKEY_EC
    private const int P256 = 415;  // NID_X9_62_prime256v1
    private const int HashSize = 32;
    private const int MaxSignature = 80;

    // The handle is the context that generates; the rest belongs to it.
    private readonly nint _own;
    private readonly nint _peer;
    private readonly nint _deriving;
    private readonly nint _signing;
    private readonly nint _checking;
    private readonly byte[] _signature = new byte[MaxSignature];
    private nuint _signatureLength;

    /// <summary>Makes them.</summary>
    public EvpContext()
        : base(ownsHandle: true)
    {
        SetHandle(EVP_PKEY_CTX_new_id(EcKey, 0));
        Good(EVP_PKEY_keygen_init(handle));
        Good(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(handle, P256));
        _own = New();
        _peer = New();
        _deriving = EVP_PKEY_CTX_new(_own, 0);
        _signing = EVP_PKEY_CTX_new(_own, 0);
        _checking = EVP_PKEY_CTX_new(_own, 0);
        Good(EVP_PKEY_derive_init(_deriving));
        Good(EVP_PKEY_derive_set_peer(_deriving, _peer));
        Good(EVP_PKEY_sign_init(_signing));
        Good(EVP_PKEY_verify_init(_checking));
        Sign();
    }

    public void Generate() => EVP_PKEY_free(New());

    public void Agree()
    {
        byte* z = stackalloc byte[HashSize];
        nuint length = HashSize;
        Good(EVP_PKEY_derive(_deriving, z, &length));
    }

    public void Sign()
    {
        byte* hash = stackalloc byte[HashSize];
        new Span<byte>(hash, HashSize).Clear();
        nuint length = MaxSignature;
        fixed (byte* to = _signature) Good(EVP_PKEY_sign(_signing, to, &length, hash, HashSize));
        _signatureLength = length;
    }

    public void Check()
    {
        byte* hash = stackalloc byte[HashSize];
        new Span<byte>(hash, HashSize).Clear();
        fixed (byte* from = _signature) Good(EVP_PKEY_verify(_checking, from, _signatureLength, hash, HashSize));
    }

    protected override bool ReleaseHandle()
    {
        EVP_PKEY_CTX_free(handle);
        EVP_PKEY_CTX_free(_deriving);
        EVP_PKEY_CTX_free(_signing);
        EVP_PKEY_CTX_free(_checking);
        EVP_PKEY_free(_own);
        EVP_PKEY_free(_peer);
        return true;
    }

    private static void Good(int result)
    {
        if (result != 1) throw new CryptographicException("libcrypto's EVP layer failed.");
    }

    private nint New()
    {
        nint key = 0;
        Good(EVP_PKEY_keygen(handle, &key));
        return key;
    }

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EVP_PKEY_CTX_new_id(int type, nint engine);

    [LibraryImport(LibCrypto.Name)]
    private static partial nint EVP_PKEY_CTX_new(nint key, nint engine);

    [LibraryImport(LibCrypto.Name)]
    private static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(LibCrypto.Name)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_keygen_init(nint context);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_CTX_set_ec_paramgen_curve_nid(nint context, int curve);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_keygen(nint context, nint* key);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_derive_set_peer(nint context, nint peer);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_derive(nint context, byte* secret, nuint* length);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_sign_init(nint context);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_sign(nint context, byte* signature, nuint* signatureLength, byte* hash, nuint hashLength);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_verify_init(nint context);

    [LibraryImport(LibCrypto.Name)]
    private static partial int EVP_PKEY_verify(nint context, byte* signature, nuint signatureLength, byte* hash, nuint hashLength);
}
