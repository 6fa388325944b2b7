using System.Security.Cryptography;

namespace FastRelay.Protocol.Tests;

/// <summary>Bytes come in the source's order, each once, whatever the sizes asked for.</summary>
public sealed class BufferedEntropyTests
{
    [Fact]
    public void Every_byte_of_the_source_is_handed_out_at_most_once_and_in_order()
    {
        var buffered = new BufferedEntropy(new Counting());
        byte[] bytes = new byte[4 * 1000];
        for (int i = 0; i < 1000; i++) buffered.Fill(bytes.AsSpan(4 * i, 4));
        for (int i = 1; i < bytes.Length; i++) bytes[i].ShouldBe((byte)(bytes[i - 1] + 1));
    }

    [Fact]
    public void What_doesnt_fit_in_the_rest_comes_from_fresh_bytes_whole()
    {
        var source = new Counting();
        var buffered = new BufferedEntropy(source);
        byte[] first = new byte[4090], second = new byte[16], third = new byte[5000];
        buffered.Fill(first);
        buffered.Fill(second);
        buffered.Fill(third);
        source.Fills.ShouldBe(3, "one for each: the rest of six bytes was too short, and 5,000 pass through");
        second.ShouldBe([.. Enumerable.Range(0, 16).Select(i => (byte)(4096 + i))]);
        third.ShouldBe([.. Enumerable.Range(0, 5000).Select(i => (byte)(2 * 4096 + i))]);
    }

    private sealed class Counting : IEntropy
    {
        private byte _next;

        public int Fills { get; private set; }

        public void Fill(Span<byte> destination)
        {
            Fills++;
            foreach (ref byte b in destination) b = _next++;
        }

        public ECDiffieHellman CreateEphemeral(ECCurve curve) => throw new NotSupportedException();
    }
}
