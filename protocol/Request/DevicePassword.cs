using System.Security.Cryptography;

namespace FastRelay.Protocol.Request;

/// <summary>
/// The password information that a device stores (SPEC 8.1): salt, iterations and stored_key. It can't be used to ask for the device,
/// and a thief must stretch every guess. Immutable.
/// </summary>
public sealed class DevicePassword
{
    /// <summary>Bytes of the salt.</summary>
    public const int SaltSize = 16;

    /// <summary>Fewest iterations of PBKDF2.</summary>
    public const int MinIterations = 100_000;

    /// <summary>Iterations of PBKDF2 unless told otherwise: OWASP's figure for PBKDF2-HMAC-SHA256.</summary>
    public const int DefaultIterations = 600_000;

    /// <summary>Most iterations of PBKDF2, so that a hostile descriptor doesn't cost an issuer hours.</summary>
    public const int MaxIterations = 2_000_000;

    private readonly byte[] _salt;
    private readonly byte[] _storedKey;

    /// <summary>Takes what was kept. Wrong sizes or iterations out of bounds throw <see cref="ArgumentException"/>.</summary>
    public DevicePassword(ReadOnlySpan<byte> salt, int iterations, ReadOnlySpan<byte> storedKey)
    {
        if (salt.Length != SaltSize) throw new ArgumentException("A salt is 16 bytes.", nameof(salt));
        if (storedKey.Length != PasswordStretcher.KeySize) throw new ArgumentException("A stored key is 32 bytes.", nameof(storedKey));
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, MinIterations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, MaxIterations);
        _salt = salt.ToArray();
        _storedKey = storedKey.ToArray();
        Iterations = iterations;
    }

    /// <summary>16 bytes, published in the descriptor.</summary>
    public ReadOnlySpan<byte> Salt => _salt;

    /// <summary>PBKDF2's iterations, published in the descriptor.</summary>
    public int Iterations { get; }

    /// <summary>32 bytes to keep in a file that only the device's user can read.</summary>
    public ReadOnlySpan<byte> StoredKey => _storedKey;

    /// <summary>Sets a password with a fresh salt. An empty one throws <see cref="ArgumentException"/>.</summary>
    public static DevicePassword Create(DeviceId device, ReadOnlySpan<char> password, IEntropy entropy, int iterations = DefaultIterations)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        Span<byte> salt = stackalloc byte[SaltSize];
        entropy.Fill(salt);
        Span<byte> clientKey = stackalloc byte[PasswordStretcher.KeySize];
        Span<byte> storedKey = stackalloc byte[PasswordStretcher.KeySize];
        PasswordStretcher.ClientKey(password, device, salt, iterations, clientKey);
        PasswordStretcher.StoredKey(clientKey, storedKey);
        CryptographicOperations.ZeroMemory(clientKey);
        return new DevicePassword(salt, iterations, storedKey);
    }

    /// <summary>Whether a client key is that of the password, in constant time. 32 zero bytes, "no password", never are.</summary>
    public bool Verify(ReadOnlySpan<byte> clientKey)
    {
        if (clientKey.Length != PasswordStretcher.KeySize) return false;
        Span<byte> none = stackalloc byte[PasswordStretcher.KeySize];
        none.Clear();
        Span<byte> storedKey = stackalloc byte[PasswordStretcher.KeySize];
        PasswordStretcher.StoredKey(clientKey, storedKey);
        // Both comparisons always run, so that time says nothing.
        return !CryptographicOperations.FixedTimeEquals(clientKey, none)
            & CryptographicOperations.FixedTimeEquals(storedKey, _storedKey);
    }
}
