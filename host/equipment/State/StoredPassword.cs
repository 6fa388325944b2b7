using System.Security.Cryptography;

namespace FastRelay.Equipment.State;

/// <summary>A password as the device keeps it (SPEC 8.1): enough to compare, not enough to log in.</summary>
/// <param name="Salt">16 random bytes.</param>
/// <param name="Iterations">100,000 to 2,000,000.</param>
/// <param name="StoredKey">32 bytes.</param>
internal sealed record StoredPassword(byte[] Salt, int Iterations, byte[] StoredKey)
{
    public const int SaltSize = 16;
    public const int StoredKeySize = 32;
    public const int MinIterations = 100_000;
    public const int MaxIterations = 2_000_000;

    public void Clear() => CryptographicOperations.ZeroMemory(StoredKey);
}
