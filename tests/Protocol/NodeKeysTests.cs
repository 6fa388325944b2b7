using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests;

public sealed class NodeKeysTests : IDisposable
{
    private static readonly byte[] Secret = SHA256.HashData("node"u8);
    private static readonly Cid Cid = new(5, 0xAABBCCDD);
    private static readonly UInt128 Ip = TransportAddress.From(new(System.Net.IPAddress.Parse("192.0.2.1"), 0)).Ip;
    private static readonly byte[] Hello = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    private readonly NodeKeys _keys = new(Secret, 7);

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void The_reset_token_is_that_of_the_SPEC()
    {
        // XL(node_secret, "node reset", u32 7, 32), then HMAC over "frl1 reset" ‖ u32 7 ‖ cid, all by hand.
        byte[] info = [0, 32, 15, .. "frl1 node reset"u8, 4, 0, 0, 0, 7];
        byte[] key = Hmac(Secret, [.. info, 1]);
        byte[] expected = Hmac(key, [.. "frl1 reset"u8, 0, 0, 0, 7, 0, 0, 0, 5, 0xAA, 0xBB, 0xCC, 0xDD]);

        Token(_keys, Cid).ShouldBe(expected[..16]);
    }

    [Fact]
    public void Tokens_differ_by_cid_by_node_and_by_secret()
    {
        using var otherNode = new NodeKeys(Secret, 8);
        using var otherSecret = new NodeKeys(SHA256.HashData(Secret), 7);
        byte[][] tokens = [Token(_keys, Cid), Token(_keys, Cid with { Tag = 1 }), Token(_keys, Cid with { Slot = 6 }), Token(otherNode, Cid), Token(otherSecret, Cid)];
        tokens.Select(Convert.ToHexString).Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public void The_cookie_is_that_of_the_SPEC()
    {
        byte[] info = [0, 32, 16, .. "frl1 node cookie"u8, 4, 0, 0, 0, 7];
        byte[] key = Hmac(Secret, [.. info, 1]);
        var time = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(time, (uint)Now.ToUnixTimeSeconds());
        byte[] ip16 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1];
        byte[] mac = Hmac(key, [.. time, .. ip16, .. SHA256.HashData(Hello)]);

        Cookie(Now).ShouldBe([.. time, .. mac[..16]]);
    }

    [Fact]
    public void The_sealing_key_is_that_of_the_SPEC_and_gone_with_the_others()
    {
        byte[] info = [0, 32, 14, .. "frl1 node seal"u8, 4, 0, 0, 0, 7];
        var keys = new NodeKeys(Secret, 7);
        keys.SealKey.ToArray().ShouldBe(Hmac(Secret, [.. info, 1]));
        keys.Dispose();
        Should.Throw<ObjectDisposedException>(() => keys.SealKey.ToArray());
    }

    [Fact]
    public void A_cookie_is_good_for_120_seconds_and_no_longer()
    {
        byte[] cookie = Cookie(Now);
        _keys.CheckCookie(Now, Ip, Hello, cookie).ShouldBe(RejectReason.None);
        _keys.CheckCookie(Now.AddSeconds(120), Ip, Hello, cookie).ShouldBe(RejectReason.None);
        _keys.CheckCookie(Now.AddSeconds(121), Ip, Hello, cookie).ShouldBe(RejectReason.Expired);
        _keys.CheckCookie(Now.AddSeconds(-1), Ip, Hello, cookie).ShouldBe(RejectReason.Expired);
        _keys.CheckCookie(Now.AddYears(300), Ip, Hello, cookie).ShouldBe(RejectReason.Expired);
    }

    [Fact]
    public void A_cookie_survives_the_turn_of_its_32_bit_clock_in_2106()
    {
        DateTimeOffset turn = DateTimeOffset.FromUnixTimeSeconds(1L << 32);
        byte[] cookie = Cookie(turn.AddSeconds(-30));
        _keys.CheckCookie(turn.AddSeconds(30), Ip, Hello, cookie).ShouldBe(RejectReason.None);
        _keys.CheckCookie(turn.AddSeconds(91), Ip, Hello, cookie).ShouldBe(RejectReason.Expired);
    }

    [Fact]
    public void A_cookie_of_another_address_hello_or_any_damage_is_refused()
    {
        byte[] cookie = Cookie(Now);
        _keys.CheckCookie(Now, Ip + 1, Hello, cookie).ShouldBe(RejectReason.BadToken);
        _keys.CheckCookie(Now, Ip, Hello.AsSpan(1), cookie).ShouldBe(RejectReason.BadToken);
        foreach ((_, byte[] damaged) in MessageCorpus.BitFlips(cookie)) _keys.CheckCookie(Now, Ip, Hello, damaged).ShouldBe(RejectReason.BadToken);
        foreach (byte[] prefix in MessageCorpus.Prefixes(cookie)) _keys.CheckCookie(Now, Ip, Hello, prefix).ShouldBe(RejectReason.BadToken);
        _keys.CheckCookie(Now, Ip, Hello, [.. cookie, 0]).ShouldBe(RejectReason.BadToken);
    }

    [Fact]
    public void Tokens_and_cookie_checks_allocate_nothing()
    {
        byte[] token = new byte[16], cookie = Cookie(Now);
        Quiet.ShouldAllocateAndThrowNothing(() =>
        {
            _keys.WriteResetToken(Cid, token);
            _keys.CheckCookie(Now, Ip, Hello, cookie);
            _keys.CheckCookie(Now, Ip, Hello, token);
        });
    }

    [Fact]
    public void After_disposal_no_token_is_made()
    {
        var keys = new NodeKeys(Secret, 7);
        keys.Dispose();
        Should.Throw<ObjectDisposedException>(() => Token(keys, Cid));
    }

    private static byte[] Hmac(byte[] key, byte[] text) => HMACSHA256.HashData(key, text);

    private static byte[] Token(NodeKeys keys, Cid cid)
    {
        var token = new byte[16];
        keys.WriteResetToken(cid, token);
        return token;
    }

    private byte[] Cookie(DateTimeOffset at)
    {
        var cookie = new byte[NodeKeys.CookieSize];
        _keys.WriteCookie(at, Ip, Hello, cookie);
        return cookie;
    }
}
