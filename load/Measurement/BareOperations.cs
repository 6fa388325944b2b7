using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FastRelay.Load.Measurement;

/// <summary>
/// The asymmetric operations of one handshake, bare: P-256 key generation, ECDH, ECDSA signature and check, by the calls of libcrypto's EVP
/// layer that <c>openssl speed</c> times, with everything made beforehand that can be. What a server is measured against that does nothing else.
/// </summary>
internal static class BareOperations
{
    private const string Library = "libcrypto.so.3";
    private const int EcKey = 408; // EVP_PKEY_EC
    private const int P256 = 415;  // NID_X9_62_prime256v1
    private const int HashSize = 32;
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(400);

    /// <summary>Processor time of each, in µs; nobody else may work in this process meanwhile. Throws <see cref="LoadException"/> without OpenSSL 3.</summary>
    public static BareFigures Measure()
    {
        if (!NativeLibrary.TryLoad(Library, out nint library)) throw new LoadException($"There is no {Library} to measure against.");
        nint generating = Good(EVP_PKEY_CTX_new_id(EcKey, 0));
        Good(EVP_PKEY_keygen_init(generating));
        Good(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(generating, P256));
        nint own = Generate(generating), peer = Generate(generating);
        nint deriving = Good(EVP_PKEY_CTX_new(own, 0)), signing = Good(EVP_PKEY_CTX_new(own, 0)), verifying = Good(EVP_PKEY_CTX_new(own, 0));
        Good(EVP_PKEY_derive_init(deriving));
        Good(EVP_PKEY_derive_set_peer(deriving, peer));
        Good(EVP_PKEY_sign_init(signing));
        Good(EVP_PKEY_verify_init(verifying));
        byte[] z = new byte[HashSize], hash = new byte[HashSize], signature = new byte[80];
        nuint signatureLength = 0;
        var figures = new BareFigures(
            Time(() => EVP_PKEY_free(Generate(generating))),
            Time(() =>
            {
                nuint length = HashSize;
                Good(EVP_PKEY_derive(deriving, z, ref length));
            }),
            Time(() =>
            {
                signatureLength = (nuint)signature.Length;
                Good(EVP_PKEY_sign(signing, signature, ref signatureLength, hash, HashSize));
            }),
            Time(() => Good(EVP_PKEY_verify(verifying, signature, signatureLength, hash, HashSize))));
        foreach (nint context in (nint[])[generating, deriving, signing, verifying]) EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(own);
        EVP_PKEY_free(peer);
        NativeLibrary.Free(library);
        return figures;
    }

    private static nint Generate(nint generating)
    {
        nint key = 0;
        Good(EVP_PKEY_keygen(generating, ref key));
        return key;
    }

    private static double Time(Action once)
    {
        for (int i = 0; i < 500; i++) once();
        var before = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        int count = 0;
        do
        {
            for (int i = 0; i < 100; i++) once();
            count += 100;
        }
        while (Stopwatch.GetElapsedTime(started) < Least);
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count;
    }

    private static void Good(int result)
    {
        if (result != 1) throw new LoadException("libcrypto failed at a bare operation.");
    }

    private static nint Good(nint made) => made != 0 ? made : throw new LoadException("libcrypto gives no context.");

    [DllImport(Library)]
    private static extern nint EVP_PKEY_CTX_new_id(int type, nint engine);

    [DllImport(Library)]
    private static extern nint EVP_PKEY_CTX_new(nint key, nint engine);

    [DllImport(Library)]
    private static extern void EVP_PKEY_CTX_free(nint context);

    [DllImport(Library)]
    private static extern void EVP_PKEY_free(nint key);

    [DllImport(Library)]
    private static extern int EVP_PKEY_keygen_init(nint context);

    [DllImport(Library)]
    private static extern int EVP_PKEY_CTX_set_ec_paramgen_curve_nid(nint context, int curve);

    [DllImport(Library)]
    private static extern int EVP_PKEY_keygen(nint context, ref nint key);

    [DllImport(Library)]
    private static extern int EVP_PKEY_derive_init(nint context);

    [DllImport(Library)]
    private static extern int EVP_PKEY_derive_set_peer(nint context, nint peer);

    [DllImport(Library)]
    private static extern int EVP_PKEY_derive(nint context, byte[] secret, ref nuint length);

    [DllImport(Library)]
    private static extern int EVP_PKEY_sign_init(nint context);

    [DllImport(Library)]
    private static extern int EVP_PKEY_sign(nint context, byte[] signature, ref nuint signatureLength, byte[] hash, nuint hashLength);

    [DllImport(Library)]
    private static extern int EVP_PKEY_verify_init(nint context);

    [DllImport(Library)]
    private static extern int EVP_PKEY_verify(nint context, byte[] signature, nuint signatureLength, byte[] hash, nuint hashLength);
}
