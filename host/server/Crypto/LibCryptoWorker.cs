using System.Security.Cryptography;
using FastRelay.Engine.Crypto;

namespace FastRelay.Server.Crypto;

/// <summary>What one thread needs at a time to compute handshakes and records with libcrypto, and with the processor's own AES where it has it.</summary>
internal sealed class LibCryptoWorker(LibCryptoCurve p256, LibCryptoCurve p384, LibCryptoGcm gcm, HardwareGcm? hardware) : IDisposable
{
    public LibCryptoCurve P256 => p256;

    public LibCryptoCurve P384 => p384;

    public LibCryptoGcm Gcm => gcm;

    /// <summary>The faster one for short texts; null where the processor lacks the instructions.</summary>
    public HardwareGcm? Hardware => hardware;

    /// <summary>Why there can be none on this system; null when there can.</summary>
    public static string? WhyUnsupported => LibCryptoCurve.WhyUnsupported ?? LibCryptoGcm.WhyUnsupported;

    /// <summary>Makes one.</summary>
    /// <exception cref="CryptographicException">libcrypto has no memory for it.</exception>
    public static LibCryptoWorker Create() =>
        LibCryptoCurve.TryCreateP256(out var p256) && LibCryptoCurve.TryCreateP384(out var p384) && LibCryptoGcm.TryCreate(out var gcm)
            ? new LibCryptoWorker(p256, p384, gcm, HardwareGcm.TryCreate(out var hardware) ? hardware : null)
            : throw new CryptographicException("libcrypto gives no context.");

    public void Dispose()
    {
        p256.Dispose();
        p384.Dispose();
        gcm.Dispose();
        hardware?.Dispose();
    }
}
