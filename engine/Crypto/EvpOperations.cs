using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// P-256 key generation, ECDH, ECDSA signature and check as <c>openssl speed</c> times them: by libcrypto's EVP layer, with everything made
/// beforehand that can be, always on the same keys. It is for measuring against, and good for nothing else. Not thread-safe.
/// </summary>
public sealed class EvpOperations : IDisposable
{
    private readonly EvpContext _context;

    private EvpOperations(EvpContext context) => _context = context;

    /// <summary>Makes the keys.</summary>
    /// <returns>Null when the system has no libcrypto 3.</returns>
    /// <exception cref="CryptographicException">libcrypto failed.</exception>
    public static EvpOperations? Create()
    {
        if (LibCrypto.WhyMissing is not null) return null;
        try
        {
            return new EvpOperations(new EvpContext());
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a key pair and lets go of it.</summary>
    public void Generate() => _context.Generate();

    /// <summary>Derives the secret of two key pairs.</summary>
    public void Agree() => _context.Agree();

    /// <summary>Signs a hash.</summary>
    public void Sign() => _context.Sign();

    /// <summary>Checks the last signature.</summary>
    public void Check() => _context.Check();

    /// <summary>Frees the keys.</summary>
    public void Dispose() => _context.Dispose();
}
