using System.Security.Cryptography;

namespace FastRelay.Interop.Tests.Support;

/// <summary>What is said over a connection, each direction long enough to fill every buffer on its way several times.</summary>
internal static class Talk
{
    public const int Size = 8 << 20;

    public static readonly byte[] OfIssuer = RandomNumberGenerator.GetBytes(Size);
    public static readonly byte[] OfDevice = RandomNumberGenerator.GetBytes(Size);

    public static async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    public static async Task<byte[]> ReadExactlyAsync(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>ShouldBe prints both sides; of 8 MiB nobody wants that.</summary>
    public static void ShouldBeTheSame(byte[] actual, byte[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        actual.AsSpan().SequenceEqual(expected).ShouldBeTrue();
    }
}
