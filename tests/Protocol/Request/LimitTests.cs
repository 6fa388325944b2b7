using System.Net;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tests.EndToEnd;
using FsCheck;
using FsCheck.Fluent;

namespace FastRelay.Protocol.Tests.Request;

public sealed class LimitTests
{
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(15, 0xa129ca6149be45e5)]
    [InlineData(16, 0x3f2acc7f57c29bdb)]
    [InlineData(24, 0xb8ad50c6f649af94)]
    [InlineData(63, 0x958a324ceb064572)]
    public void The_keyed_hash_is_SipHash_2_4_of_its_authors_vectors(int length, ulong expected)
    {
        // Key 00 01 … 0f, message 00 01 …: vectors.h of the reference implementation by Aumasson and Bernstein.
        var hash = new KeyedHash(new FixedEntropy());
        byte[] message = [.. Enumerable.Range(0, length).Select(static i => (byte)i)];
        hash.Hash(message).ShouldBe(expected);
    }

    [Fact]
    public void A_bucket_gives_its_burst_at_once_and_then_one_each_time_it_is_due()
    {
        var limit = RateLimit.Handshakes;
        var bucket = new RateBucket();
        for (int i = 0; i < 5; i++) bucket.TryTake(limit, 1000).ShouldBeTrue();
        bucket.TryTake(limit, 1000).ShouldBeFalse();
        bucket.WaitMs(limit, 1000).ShouldBe(50);
        bucket.TryTake(limit, 1049).ShouldBeFalse();
        bucket.TryTake(limit, 1050).ShouldBeTrue();
        bucket.TryTake(limit, 1050).ShouldBeFalse();
        bucket.FullAtMs(limit).ShouldBe(1300);
    }

    [Fact]
    public void A_bucket_on_credit_says_how_long_each_token_is_to_be_waited_for_and_stops_where_that_is_too_long()
    {
        var limit = new RateLimit(10, 1000, 2);
        var bucket = new RateBucket();
        long[] waits = [.. Enumerable.Range(0, 6).Select(_ => bucket.TryOwe(limit, 5000, 400, out long wait) ? wait : -1)];
        waits.ShouldBe([0, 0, 100, 200, 300, 400]);
        bucket.TryOwe(limit, 5000, 400, out long tooLong).ShouldBeFalse();
        tooLong.ShouldBe(500);
        // What was refused wasn't taken.
        bucket.TryOwe(limit, 5100, 400, out long wait).ShouldBeTrue();
        wait.ShouldBe(400);
    }

    [Fact]
    public void A_bucket_never_gives_more_than_burst_and_rate_allow_in_any_span()
    {
        Prop.ForAll(Gen.Choose(0, 400).ListOf().ToArbitrary(), steps =>
        {
            var limit = new RateLimit(3, 1000, 4);
            var bucket = new RateBucket();
            var taken = new List<long>();
            long now = 0;
            foreach (int step in steps)
            {
                now += step;
                if (bucket.TryTake(limit, now)) taken.Add(now);
            }
            for (int i = 0; i < taken.Count; i++)
            {
                for (int j = i; j < taken.Count; j++)
                {
                    if ((j - i + 1 - 4) * 1000L > (taken[j] - taken[i]) * 3) return false;
                }
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Each_key_has_a_bucket_of_its_own()
    {
        var limiter = new KeyedRateLimiter(RateLimit.Wakes, SystemEntropy.Instance, capacity: 64);
        for (int i = 0; i < 6; i++) limiter.TryTake(LimitKey.Of(new DeviceId(1)), 0, out _).ShouldBeTrue();
        limiter.TryTake(LimitKey.Of(new DeviceId(1)), 0, out long waitMs).ShouldBeFalse();
        waitMs.ShouldBe(10_000);
        limiter.TryTake(LimitKey.Of(new DeviceId(2)), 0, out _).ShouldBeTrue();
    }

    [Fact]
    public void A_table_of_limits_never_grows_and_forgets_who_has_waited_longest()
    {
        var table = new LimitTable<RateBucket>(64, SystemEntropy.Instance);
        table.Capacity.ShouldBe(64);
        for (uint i = 0; i < 10_000; i++) table.Get(new LimitKey(i, i), i).ExpiresMs = i + 1;
        table.Capacity.ShouldBe(64);
        var expires = table.Get(new LimitKey(9_999, 9_999), 10_000).ExpiresMs;
        expires.ShouldBe(10_000, "the newest is still there");
    }

    [Fact]
    public void Five_distinct_devices_a_minute_go_to_one_destination()
    {
        var limiter = new FanOutLimiter(SystemEntropy.Instance, capacity: 64);
        for (uint i = 0; i < 5; i++) limiter.TryAdmit(At(1), At(9), new DeviceId(i), i * 1000, out _).ShouldBeTrue();
        limiter.TryAdmit(At(1), At(9), new DeviceId(5), 5_000, out long waitMs).ShouldBeFalse();
        waitMs.ShouldBe(55_000);
        limiter.TryAdmit(At(1), At(9), new DeviceId(4), 5_000, out _).ShouldBeTrue("it is counted already");
        limiter.TryAdmit(At(2), At(9), new DeviceId(5), 5_000, out _).ShouldBeTrue("another destination");
        limiter.TryAdmit(At(1), At(9), new DeviceId(5), 59_999, out _).ShouldBeFalse();
        limiter.TryAdmit(At(1), At(9), new DeviceId(5), 60_000, out _).ShouldBeTrue("the first is a minute old");
    }

    [Fact]
    public void Twenty_distinct_devices_a_minute_are_asked_for_by_one_issuer_and_a_refused_request_counts_nothing()
    {
        var limiter = new FanOutLimiter(SystemEntropy.Instance, capacity: 64);
        for (uint i = 0; i < 20; i++) limiter.TryAdmit(At((byte)(i + 1)), At(99), new DeviceId(i), 0, out _).ShouldBeTrue();
        limiter.TryAdmit(At(50), At(99), new DeviceId(20), 1, out _).ShouldBeFalse();
        for (uint i = 0; i < 5; i++) limiter.TryAdmit(At(50), At(98), new DeviceId(30 + i), 2, out _).ShouldBeTrue("the refused one took no place");
    }

    private static TransportAddress At(byte host) => TransportAddress.From(new(new IPAddress([198, 51, 100, host]), 4000));
}
