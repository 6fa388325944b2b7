using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

public sealed class SipHashTests
{
    // Key 00 01 … 0f and message 00 01 … 0f, as in the authors' vectors.
    private static readonly UInt128 Counting = new(0x0f0e0d0c0b0a0908, 0x0706050403020100);

    [Fact]
    public void SipHash_2_4_gives_the_authors_vector_for_sixteen_bytes() =>
        // vectors_sip64[16] of the reference implementation: db 9b c2 57 7f cc 2a 3f.
        SipHash.Of(Counting, Counting, rounds: 2, lastRounds: 4).ShouldBe(0x3f2acc7f57c29bdbUL);

    [Fact]
    public void SipHash_1_3_gives_what_OpenSSL_gives_for_sixteen_bytes() =>
        // openssl mac -macopt c-rounds:1 -macopt d-rounds:3 -macopt size:8 … SIPHASH: 66 8b 90 7d 1a dd 4f cc.
        SipHash.Of(Counting, Counting, rounds: 1, lastRounds: 3).ShouldBe(0xcc4fdd1a7d908b66UL);
}
