using System.Security.Cryptography;

namespace FastRelay.System.Tests.Services;

/// <summary>A file of random bytes: nothing along the way can compress, guess or repeat it.</summary>
internal static class RandomFile
{
    public static void Create(string path, int mebibytes)
    {
        using var file = File.Create(path);
        byte[] block = new byte[1 << 20];
        for (int i = 0; i < mebibytes; i++)
        {
            RandomNumberGenerator.Fill(block);
            file.Write(block);
        }
    }

    public static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
