using System.Security.Cryptography;
using System.Text;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Protocol.Request;

/// <summary>
/// From a password to what is sealed and compared (SPEC 8.1). The issuer does the slow part, so a wrong guess costs the device one hash.
/// <code>
/// X          = PBKDF2-HMAC-SHA256(UTF-8(NFC(password)), "frl1 pw" ‖ device_id ‖ salt, iterations, 32)
/// client_key = XL(X, "pw client", device_id, 32)
/// stored_key = SHA-256("frl1 stored" ‖ client_key)
/// </code>
/// </summary>
public static class PasswordStretcher
{
    /// <summary>Bytes of client_key and of stored_key.</summary>
    public const int KeySize = 32;

    /// <summary>Longest password, in UTF-16 units: a bound on memory, far above any password that a person uses.</summary>
    public const int MaxPasswordLength = 1024;

    /// <summary>Stretches a password: about half a second with the default iterations.</summary>
    /// <param name="password">Not empty; well-formed Unicode; at most <see cref="MaxPasswordLength"/>. Otherwise <see cref="ArgumentException"/>.</param>
    /// <param name="device">The device whose password it is.</param>
    /// <param name="salt">From its descriptor, 16 bytes.</param>
    /// <param name="iterations">From its descriptor; out of the bounds of SPEC 8.1 throws, for a hostile descriptor must not cost hours.</param>
    /// <param name="clientKey">Receives 32 secret bytes; the caller clears them.</param>
    public static void ClientKey(ReadOnlySpan<char> password, DeviceId device, ReadOnlySpan<byte> salt, int iterations, Span<byte> clientKey)
    {
        if (password.IsEmpty) throw new ArgumentException("A password isn't empty.", nameof(password));
        if (password.Length > MaxPasswordLength) throw new ArgumentException("The password is too long.", nameof(password));
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, DevicePassword.MinIterations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, DevicePassword.MaxIterations);

        byte[] utf8 = NormalisedUtf8(password);
        Span<byte> x = stackalloc byte[KeySize];
        try
        {
            Span<byte> context = stackalloc byte[7 + DeviceId.Size + DevicePassword.SaltSize];
            "frl1 pw"u8.CopyTo(context);
            device.Write(context[7..]);
            salt.CopyTo(context[(7 + DeviceId.Size)..]);
            Rfc2898DeriveBytes.Pbkdf2(utf8, context, x, iterations, HashAlgorithmName.SHA256);
            Span<byte> id = stackalloc byte[DeviceId.Size];
            device.Write(id);
            LabelledHkdf.Expand(x, "pw client", id, clientKey[..KeySize]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
            CryptographicOperations.ZeroMemory(x);
        }
    }

    /// <summary>What the device keeps: good for comparing, useless for logging in.</summary>
    public static void StoredKey(ReadOnlySpan<byte> clientKey, Span<byte> storedKey)
    {
        Span<byte> input = stackalloc byte[11 + KeySize];
        "frl1 stored"u8.CopyTo(input);
        clientKey.CopyTo(input[11..]);
        SHA256.HashData(input, storedKey);
        CryptographicOperations.ZeroMemory(input);
    }

    private static byte[] NormalisedUtf8(ReadOnlySpan<char> password)
    {
        char[] normalised = new char[password.GetNormalizedLength()];
        try
        {
            if (!password.TryNormalize(normalised, out int length)) throw new ArgumentException("The password isn't Unicode text.", nameof(password));
            byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(normalised, 0, length)];
            Encoding.UTF8.GetBytes(normalised.AsSpan(0, length), utf8);
            return utf8;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(normalised.AsSpan()));
        }
    }
}
