using FastRelay.Protocol.Request;
using FastRelay.Tests.Support;

namespace FastRelay.Protocol.Tests.Request;

public sealed class LockoutTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Lockout _lockout = new();

    private long NowMs => _clock.GetTimestamp() / TimeSpan.TicksPerMillisecond;

    [Fact]
    public void Five_failures_are_free_and_the_nth_beyond_them_locks_for_two_to_the_n_seconds_at_most_900()
    {
        var source = Source(1);
        for (int i = 0; i < 5; i++)
        {
            _lockout.IsLocked(source, NowMs).ShouldBeFalse();
            _lockout.Failed(source, NowMs);
        }
        int[] seconds = [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900];
        foreach (int expected in seconds)
        {
            _lockout.IsLocked(source, NowMs).ShouldBeFalse();
            _lockout.Failed(source, NowMs);
            _lockout.LockedForMs(source, NowMs).ShouldBe(expected * 1000L);
            _clock.Advance(TimeSpan.FromMilliseconds((expected * 1000) - 1));
            _lockout.IsLocked(source, NowMs).ShouldBeTrue();
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public void A_right_password_clears_its_source()
    {
        var source = Source(1);
        for (int i = 0; i < 6; i++) _lockout.Failed(source, NowMs);
        _lockout.IsLocked(source, NowMs).ShouldBeTrue();
        _lockout.Succeeded(source);
        _lockout.IsLocked(source, NowMs).ShouldBeFalse();
        for (int i = 0; i < 5; i++) _lockout.Failed(source, NowMs);
        _lockout.IsLocked(source, NowMs).ShouldBeFalse();
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 2_000)]
    [InlineData(20, 900_000)]
    public void A_source_is_forgotten_an_hour_after_its_last_failure_and_lock(int failures, int lockMs)
    {
        var source = Source(1);
        for (int i = 0; i < failures; i++) _lockout.Failed(source, NowMs);
        _clock.Advance(TimeSpan.FromMilliseconds(lockMs) + TimeSpan.FromHours(1));
        for (int i = 0; i < 5; i++) _lockout.Failed(source, NowMs);
        _lockout.IsLocked(source, NowMs).ShouldBeFalse();
        _lockout.Failed(source, NowMs);
        _lockout.LockedForMs(source, NowMs).ShouldBe(2_000);
        _lockout.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(5, 0, 2_000)]
    [InlineData(6, 2_000, 4_000)]
    public void A_millisecond_before_that_hour_is_over_its_failures_still_count(int failures, int lockMs, int nextLockMs)
    {
        var source = Source(1);
        for (int i = 0; i < failures; i++) _lockout.Failed(source, NowMs);
        _clock.Advance(TimeSpan.FromMilliseconds(lockMs - 1) + TimeSpan.FromHours(1));
        _lockout.Failed(source, NowMs);
        _lockout.LockedForMs(source, NowMs).ShouldBe(nextLockMs);
    }

    [Fact]
    public void A_forgotten_source_gets_its_try_while_those_that_failed_wait()
    {
        _lockout.Failed(Source(1), NowMs);
        _clock.Advance(TimeSpan.FromHours(1));
        for (int i = 2; i < 32; i++) _lockout.Failed(Source(i), NowMs);
        _lockout.IsLocked(Source(2), NowMs).ShouldBeTrue();
        _lockout.IsLocked(Source(1), NowMs).ShouldBeFalse();
    }

    [Fact]
    public void One_locked_source_does_not_lock_another()
    {
        for (int i = 0; i < 6; i++) _lockout.Failed(Source(1), NowMs);
        _lockout.IsLocked(Source(2), NowMs).ShouldBeFalse();
    }

    [Fact]
    public void After_30_failures_in_a_minute_all_sources_that_failed_before_wait_until_it_is_over()
    {
        for (int i = 0; i < 29; i++) _lockout.Failed(Source(i), NowMs);
        _clock.Advance(TimeSpan.FromSeconds(20));
        _lockout.IsLocked(Source(0), NowMs).ShouldBeFalse();
        _lockout.Failed(Source(29), NowMs);
        for (int i = 0; i < 30; i++) _lockout.LockedForMs(Source(i), NowMs).ShouldBe(40_000);
        _clock.Advance(TimeSpan.FromSeconds(40));
        for (int i = 0; i < 30; i++) _lockout.IsLocked(Source(i), NowMs).ShouldBeFalse();
    }

    [Fact]
    public void A_source_that_never_failed_gets_its_try_also_while_all_others_wait()
    {
        for (int i = 0; i < 100; i++) _lockout.Failed(Source(i), NowMs);
        _lockout.IsLocked(Source(0), NowMs).ShouldBeTrue();
        _lockout.IsLocked(Source(1000), NowMs).ShouldBeFalse();
    }

    [Fact]
    public void Sources_remembered_never_exceed_the_capacity_and_a_lock_outlives_free_failures()
    {
        var lockout = new Lockout(capacity: 8);
        for (int i = 0; i < 10; i++) lockout.Failed(Source(0), NowMs);
        for (int i = 1; i < 1000; i++) lockout.Failed(Source(i), NowMs);
        lockout.Count.ShouldBe(8);
        _clock.Advance(TimeSpan.FromSeconds(1));
        lockout.LockedForMs(Source(0), NowMs).ShouldBe(59_000); // 30 failures a minute weigh more than its own 32 s
        _clock.Advance(TimeSpan.FromSeconds(59));
        lockout.IsLocked(Source(0), NowMs).ShouldBeFalse();
    }

    [Theory]
    [InlineData("198.51.100.1", "198.51.100.254", true)]
    [InlineData("198.51.100.1", "198.51.101.1", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("::ffff:198.51.100.1", "198.51.100.2", true)]
    public void A_source_is_an_IPv4_24_or_an_IPv6_64(string one, string other, bool same)
    {
        var first = AddressPrefix.OfNetwork(Address(one));
        var second = AddressPrefix.OfNetwork(Address(other));
        (first == second).ShouldBe(same);
    }

    private static AddressPrefix Source(int i) =>
        AddressPrefix.OfNetwork(TransportAddress.From(new(new System.Net.IPAddress([100, (byte)(i >> 8), (byte)i, 9]), 1)));

    private static TransportAddress Address(string ip) => TransportAddress.From(new(System.Net.IPAddress.Parse(ip), 1));
}
