using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>A binding that is laid to rest and taken up again between any two steps behaves as one that never was (SPEC 7.6).</summary>
public sealed class RestingBindingTests
{
    private static readonly TransportAddress[] Places = [new(1, 4000), new(1, 4001), new(2, 5000), new(3, 6000)];

    [Fact]
    public void Resting_between_any_two_steps_changes_no_outcome()
    {
        int rests = 0, moves = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            (CountingEntropy entropy, CountingEntropy other) = (new(), new());
            RoamingState whole = new(Places[0].Ip), rested = new(Places[0].Ip);
            uint lastNonce = 0;
            long now = random.Next(10_000);
            for (int step = 0; step < 60; step++)
            {
                if (rested.IsAtRest(now))
                {
                    rests++;
                    rested = new RoamingState(rested.Binding);
                }
                rested.NextTimerMs.ShouldBe(whole.NextTimerMs);
                RoamingOutcome outcome;
                if (whole.NextTimerMs <= now)
                {
                    outcome = whole.OnTimer(now);
                    rested.OnTimer(now).ShouldBe(outcome);
                }
                else
                {
                    TransportAddress source = Places[random.Next(Places.Length)];
                    uint? echo = random.Next(3) switch { 0 => null, 1 => lastNonce, _ => (uint)random.Next((int)lastNonce + 2) };
                    outcome = whole.OnHeartbeat(source, echo, now, entropy);
                    rested.OnHeartbeat(source, echo, now, other).ShouldBe(outcome, $"seed {seed}, step {step}");
                    lastNonce = outcome.ReplyChallenge ?? outcome.BoundChallenge ?? lastNonce;
                }
                if (outcome.Events.HasFlag(RoamingEvents.Moved)) moves++;
                (rested.Bound, rested.IsValidated, rested.Candidate).ShouldBe((whole.Bound, whole.IsValidated, whole.Candidate));
                now += random.Next(5) switch { 0 => 7_000, 1 => 1_600, _ => random.Next(400) };
            }
        }
        rests.ShouldBeGreaterThan(1_000, "it must have rested often");
        moves.ShouldBeGreaterThan(20, "and moved");
    }

    [Fact]
    public void What_moves_is_not_at_rest()
    {
        var entropy = new CountingEntropy();
        var state = new RoamingState(Places[0].Ip);
        state.IsAtRest(0).ShouldBeTrue("nothing has come");
        state.OnHeartbeat(Places[0], null, 0, entropy);
        state.IsAtRest(0).ShouldBeTrue("a bound address, validated or not, is all there is");
        uint? nonce = state.OnHeartbeat(Places[2], null, 10, entropy).ReplyChallenge;
        state.IsAtRest(10).ShouldBeFalse("a candidate waits");
        state.OnHeartbeat(Places[2], nonce, 20, entropy);
        foreach (long at in (long[])[310, 910, 1510]) state.OnTimer(at);
        state.Bound.ShouldBe(Places[2]);
        state.IsAtRest(1510 + RoamingState.MoveSpacingMs - 1).ShouldBeFalse("the next move has to wait");
        state.IsAtRest(1510 + RoamingState.MoveSpacingMs).ShouldBeTrue();
    }

    [Fact]
    public void A_candidate_is_given_up_only_when_it_has_not_answered()
    {
        var entropy = new CountingEntropy();
        var state = new RoamingState(Places[0].Ip);
        state.OnHeartbeat(Places[0], null, 0, entropy);
        uint? nonce = state.OnHeartbeat(Places[2], null, 10, entropy).ReplyChallenge;
        RoamingState reachable = state;
        state.GiveUpCandidate();
        (state.HasCandidate, state.Bound, state.IsAtRest(11)).ShouldBe((false, Places[0], true));
        reachable.OnHeartbeat(Places[2], nonce, 20, entropy);
        reachable.GiveUpCandidate();
        reachable.HasCandidate.ShouldBeTrue();
    }
}
