using System.Runtime.CompilerServices;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tests.Support;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>SPEC 7.6, sentence by sentence; the rule as a whole is explored in <see cref="RoamingModelTests"/>.</summary>
public sealed class RoamingTests
{
    private static readonly TransportAddress Home = Address(1, 4000);
    private static readonly TransportAddress Moved = Address(2, 5000);
    private static readonly TransportAddress Third = Address(3, 6000);

    private readonly CountingEntropy _entropy = new();

    public static TheoryData<long> Starts => DeviceLivenessTests.Starts;

    [Fact]
    public void It_takes_80_bytes_without_references()
    {
        Unsafe.SizeOf<RoamingState>().ShouldBe(80);
        RuntimeHelpers.IsReferenceOrContainsReferences<RoamingState>().ShouldBeFalse();
    }

    [Fact]
    public void The_first_heartbeat_from_the_registered_IP_binds_at_once_and_is_challenged()
    {
        var state = new RoamingState(Home.Ip);
        RoamingOutcome first = state.OnHeartbeat(Home, null, 0, _entropy);
        first.ShouldBe(new RoamingOutcome(RoamingEvents.Bound, true, 1, null));
        (state.IsBound, state.IsValidated, state.Bound).ShouldBe((true, false, Home));

        state.OnHeartbeat(Home, null, 10, _entropy).ReplyChallenge.ShouldBe(1u, "until the echo comes every reply challenges");
        state.OnHeartbeat(Home, 99, 20, _entropy).ReplyChallenge.ShouldBe(1u, "a wrong echo is none");
        state.OnHeartbeat(Home, 1, 30, _entropy).ShouldBe(new RoamingOutcome(RoamingEvents.Validated, false, null, null));
        state.IsValidated.ShouldBeTrue();
        state.OnHeartbeat(Home, null, 40, _entropy).ShouldBe(default);
    }

    [Fact]
    public void The_first_heartbeat_from_elsewhere_is_a_candidate_without_an_old_path()
    {
        var state = new RoamingState(Home.Ip);
        state.OnHeartbeat(Moved, null, 0, _entropy).ShouldBe(new RoamingOutcome(RoamingEvents.CandidateFound, true, 1, null));
        state.IsBound.ShouldBeFalse();
        state.OnHeartbeat(Moved, 1, 50, _entropy).Events.ShouldBe(RoamingEvents.CandidateReachable);
        state.IsCandidateReachable.ShouldBeTrue();
        state.OnTimer(1499).ShouldBe(default);
        state.OnTimer(1500).ShouldBe(new RoamingOutcome(RoamingEvents.Bound | RoamingEvents.Validated, false, null, null));
        (state.Bound, state.IsValidated, state.HasCandidate).ShouldBe((Moved, true, false));
    }

    [Fact]
    public void While_nothing_is_bound_the_registered_IP_wins_over_a_candidate()
    {
        var state = new RoamingState(Home.Ip);
        state.OnHeartbeat(Moved, null, 0, _entropy);
        state.OnHeartbeat(Moved, 1, 50, _entropy);
        state.OnHeartbeat(Home, null, 60, _entropy).Events.ShouldBe(RoamingEvents.Bound | RoamingEvents.CandidateDropped);
        state.NextTimerMs.ShouldBe(long.MaxValue);
        state.Bound.ShouldBe(Home);
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public void A_device_that_moved_is_bound_1500_ms_after_its_challenge_and_not_before(long start)
    {
        RoamingState state = Established(start);
        RoamingOutcome found = state.OnHeartbeat(Moved, null, start, _entropy);
        found.ShouldBe(new RoamingOutcome(RoamingEvents.CandidateFound, true, 2, 3));
        (state.Bound, state.Candidate).ShouldBe((Home, Moved));

        state.OnHeartbeat(Moved, 2, start + 40, _entropy).ShouldBe(new RoamingOutcome(RoamingEvents.CandidateReachable, true, null, null));
        state.OnTimer(start + 299).ShouldBe(default);
        state.OnTimer(start + 300).ShouldBe(new RoamingOutcome(RoamingEvents.None, false, null, 3));
        state.OnTimer(start + 899).ShouldBe(default);
        state.OnTimer(start + 900).ShouldBe(new RoamingOutcome(RoamingEvents.None, false, null, 3));
        state.OnTimer(start + 1499).ShouldBe(default);
        state.Bound.ShouldBe(Home);
        state.OnTimer(start + 1500).Events.ShouldBe(RoamingEvents.Moved | RoamingEvents.Validated);
        (state.Bound, state.IsValidated, state.NextTimerMs).ShouldBe((Moved, true, long.MaxValue));
    }

    [Fact]
    public void An_echo_of_the_old_challenge_from_any_source_drops_the_candidate()
    {
        foreach (TransportAddress source in (TransportAddress[])[Home, Moved, Third])
        {
            RoamingState state = Established(0);
            uint old = state.OnHeartbeat(Moved, null, 0, _entropy).BoundChallenge!.Value;
            RoamingOutcome outcome = state.OnHeartbeat(source, old, 100, _entropy);
            outcome.Events.ShouldBe(RoamingEvents.CandidateDropped);
            outcome.ReplyDue.ShouldBe(source != Home);
            (state.Bound, state.HasCandidate, state.NextTimerMs).ShouldBe((Home, false, long.MaxValue));
        }
    }

    [Fact]
    public void The_old_path_may_answer_until_the_candidate_is_bound()
    {
        RoamingState state = Established(0);
        RoamingOutcome found = state.OnHeartbeat(Moved, null, 0, _entropy);
        state.OnHeartbeat(Third, found.ReplyChallenge, 10, _entropy).Events.ShouldBe(RoamingEvents.CandidateReachable, "from any source");
        state.OnTimer(300);
        state.OnTimer(900);
        state.OnHeartbeat(Home, found.BoundChallenge, 1499, _entropy).Events.ShouldBe(RoamingEvents.CandidateDropped);
        state.OnTimer(1500).ShouldBe(default);
        state.Bound.ShouldBe(Home);
    }

    [Fact]
    public void Nonces_of_an_earlier_exchange_count_for_nothing()
    {
        RoamingState state = Established(0);
        RoamingOutcome first = state.OnHeartbeat(Moved, null, 0, _entropy);
        RoamingOutcome second = state.OnHeartbeat(Third, null, 10, _entropy);
        second.Events.ShouldBe(RoamingEvents.CandidateFound);
        state.Candidate.ShouldBe(Third);
        state.OnHeartbeat(Third, first.ReplyChallenge, 20, _entropy).Events.ShouldBe(RoamingEvents.None);
        state.OnHeartbeat(Home, first.BoundChallenge, 30, _entropy).Events.ShouldBe(RoamingEvents.None);
        state.OnHeartbeat(Home, 0, 40, _entropy).Events.ShouldBe(RoamingEvents.None);
        state.HasCandidate.ShouldBeTrue();
        state.IsCandidateReachable.ShouldBeFalse();
    }

    [Fact]
    public void A_candidate_that_lost_its_challenge_gets_it_again_with_its_next_heartbeat()
    {
        RoamingState state = Established(0);
        RoamingOutcome found = state.OnHeartbeat(Moved, null, 0, _entropy);
        state.OnHeartbeat(Moved, null, 1000, _entropy).ShouldBe(new RoamingOutcome(RoamingEvents.None, true, found.ReplyChallenge, null));

        // After 1.5 s both are asked anew, so the old path again has its full time.
        RoamingOutcome again = state.OnHeartbeat(Moved, null, 20_000, _entropy);
        again.Events.ShouldBe(RoamingEvents.CandidateFound);
        again.BoundChallenge.ShouldNotBeNull();
        again.ReplyChallenge.ShouldNotBe(found.ReplyChallenge);
        state.OnHeartbeat(Moved, again.ReplyChallenge, 20_100, _entropy);
        state.OnTimer(20_300).BoundChallenge.ShouldBe(again.BoundChallenge);
        state.OnTimer(20_900).BoundChallenge.ShouldBe(again.BoundChallenge);
        state.OnTimer(21_499).ShouldBe(default);
        state.OnTimer(21_500);
        state.Bound.ShouldBe(Moved);
    }

    [Fact]
    public void There_is_at_most_one_move_in_5_seconds()
    {
        RoamingState state = Established(0);
        Follow(ref state, Moved, 0);
        state.Bound.ShouldBe(Moved);

        // Moved at 1500; back home at once.
        RoamingOutcome back = state.OnHeartbeat(Home, null, 1600, _entropy);
        state.OnHeartbeat(Home, back.ReplyChallenge, 1700, _entropy);
        state.OnTimer(1900);
        state.OnTimer(2500);
        state.NextTimerMs.ShouldBe(6500);
        state.OnTimer(6499).ShouldBe(default);
        (state.Bound, state.IsCandidateReachable).ShouldBe((Moved, true), "a wake goes to both meanwhile");
        state.OnTimer(6500).Events.ShouldBe(RoamingEvents.Moved | RoamingEvents.Validated);
        state.Bound.ShouldBe(Home);
    }

    [Fact]
    public void A_pause_of_the_server_takes_no_chance_from_the_old_path()
    {
        RoamingState state = Established(0);
        RoamingOutcome found = state.OnHeartbeat(Moved, null, 0, _entropy);
        state.OnHeartbeat(Moved, found.ReplyChallenge, 10, _entropy);

        // The first timer comes 60 s late: the repeats are still sent, and still waited for.
        state.OnTimer(60_000).BoundChallenge.ShouldBe(found.BoundChallenge);
        state.OnTimer(60_000).ShouldBe(default);
        state.OnTimer(60_599).ShouldBe(default);
        state.OnTimer(60_600).BoundChallenge.ShouldBe(found.BoundChallenge);
        state.OnTimer(61_199).ShouldBe(default);
        state.OnTimer(61_200).Events.ShouldBe(RoamingEvents.Moved | RoamingEvents.Validated);
    }

    [Fact]
    public void An_unreachable_candidate_is_never_bound()
    {
        RoamingState state = Established(0);
        state.OnHeartbeat(Moved, null, 0, _entropy);
        state.OnTimer(300);
        state.OnTimer(900);
        state.NextTimerMs.ShouldBe(long.MaxValue);
        state.OnTimer(long.MaxValue - 1).ShouldBe(default);
        state.Bound.ShouldBe(Home);
    }

    [Fact]
    public void An_echo_of_the_old_path_validates_a_binding_that_was_not()
    {
        var state = new RoamingState(Home.Ip);
        state.OnHeartbeat(Home, null, 0, _entropy);
        uint old = state.OnHeartbeat(Moved, null, 5, _entropy).BoundChallenge!.Value;
        state.OnHeartbeat(Home, null, 6, _entropy).ReplyChallenge.ShouldBe(old);
        state.OnHeartbeat(Home, old, 10, _entropy).Events.ShouldBe(RoamingEvents.CandidateDropped | RoamingEvents.Validated);
        state.IsValidated.ShouldBeTrue();
    }

    [Fact]
    public void Challenges_are_never_zero_and_never_alike_though_the_entropy_is()
    {
        var state = new RoamingState(Home.Ip);
        var zeros = new ZeroEntropy();
        state.OnHeartbeat(Home, null, 0, zeros).ReplyChallenge.ShouldBe(1u);
        RoamingOutcome found = state.OnHeartbeat(Moved, null, 0, zeros);
        (found.ReplyChallenge, found.BoundChallenge).ShouldBe((1u, 2u));
    }

    [Fact]
    public void An_address_that_did_not_prove_itself_gets_no_more_than_it_sent()
    {
        // Any heartbeats from any of 8 addresses at any time, right and wrong echoes, late timers.
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var entropy = new SeededEntropy($"amplification {seed}");
            TransportAddress[] addresses = [.. Enumerable.Range(1, 8).Select(i => Address((uint)i, 1000))];
            var sent = new Dictionary<TransportAddress, int>();
            var received = new Dictionary<TransportAddress, int>();
            var proven = new HashSet<TransportAddress> { addresses[0] };
            var nonces = new List<uint> { 0 };
            var state = new RoamingState(addresses[0].Ip);
            long now = 0;
            for (int step = 0; step < 200; step++)
            {
                now += random.Next(3) switch { 0 => 0, 1 => random.Next(700), _ => random.Next(7000) };
                RoamingOutcome outcome;
                if (random.Next(3) == 0)
                {
                    outcome = state.OnTimer(now);
                    (outcome.ReplyDue, outcome.ReplyChallenge).ShouldBe((false, null));
                }
                else
                {
                    TransportAddress source = addresses[random.Next(8)];
                    received[source] = received.GetValueOrDefault(source) + 1;
                    outcome = state.OnHeartbeat(source, random.Next(2) == 0 ? null : nonces[^random.Next(1, Math.Min(4, nonces.Count) + 1)], now, entropy);
                    if (outcome.ReplyDue) sent[source] = sent.GetValueOrDefault(source) + 1;
                }
                if (state.IsBound) proven.Add(state.Bound);
                if (outcome.BoundChallenge is { } challenge)
                {
                    proven.ShouldContain(state.Bound);
                    sent[state.Bound] = sent.GetValueOrDefault(state.Bound) + 1;
                    nonces.Add(challenge);
                }
                if (outcome.ReplyChallenge is { } reply) nonces.Add(reply);
                foreach (TransportAddress address in addresses)
                {
                    if (proven.Contains(address) || sent.GetValueOrDefault(address) <= received.GetValueOrDefault(address)) continue;
                    Assert.Fail($"seed {seed}, step {step}: {address} got more than it sent");
                }
            }
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        RoamingState state = Established(0);
        var entropy = new CountingEntropy();
        long now = 0;
        Quiet.ShouldAllocateAndThrowNothing(() =>
        {
            now += 10_000;
            RoamingOutcome found = state.OnHeartbeat(now % 20_000 == 0 ? Moved : Third, null, now, entropy);
            state.OnHeartbeat(Moved, found.ReplyChallenge, now, entropy);
            state.OnTimer(now + 300);
        });
    }

    private static TransportAddress Address(uint ip, ushort port) => new(new UInt128(0, 0x0000_FFFF_C000_0200UL + ip), port);

    private RoamingState Established(long now)
    {
        var state = new RoamingState(Home.Ip);
        _entropy.Next = 1;
        uint nonce = state.OnHeartbeat(Home, null, now, _entropy).ReplyChallenge!.Value;
        state.OnHeartbeat(Home, nonce, now, _entropy);
        return state;
    }

    private void Follow(ref RoamingState state, TransportAddress to, long at)
    {
        uint nonce = state.OnHeartbeat(to, null, at, _entropy).ReplyChallenge!.Value;
        state.OnHeartbeat(to, nonce, at + 10, _entropy);
        foreach (long later in (long[])[300, 900, 1500]) state.OnTimer(at + later);
    }

    private sealed class ZeroEntropy : IEntropy
    {
        public void Fill(Span<byte> destination) => destination.Clear();

        public System.Security.Cryptography.ECDiffieHellman CreateEphemeral(System.Security.Cryptography.ECCurve curve) => throw new NotSupportedException();
    }
}
