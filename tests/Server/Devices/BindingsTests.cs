using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Server.Devices;

namespace FastRelay.Server.Tests.Devices;

/// <summary>The compact bindings of slots behave as the model-checked rule, of which they hold the whole only while something moves (SPEC 7.6).</summary>
public sealed class BindingsTests
{
    private const uint Index = 7;
    private static readonly TransportAddress[] Sources = [new(1, 4000), new(1, 4001), new(2, 5000), new(3, 6000)];
    private readonly Bindings _bindings = new(SystemEntropy.Instance);

    [Fact]
    public void A_device_that_stays_where_it_is_leaves_nothing_aside()
    {
        var slot = Slot();
        var first = _bindings.OnHeartbeat(ref slot, Index, Sources[0], null, 0);
        _bindings.OnHeartbeat(ref slot, Index, Sources[0], first.ReplyChallenge, 10).Events.ShouldBe(RoamingEvents.Validated);
        (slot.IsValidated, slot.Bound, slot.IsAside, _bindings.Count).ShouldBe((true, Sources[0], false, 0));
        _bindings.OnHeartbeat(ref slot, Index, Sources[0], null, 20).ShouldBe(default);
        _bindings.NextTimerMs(slot, Index).ShouldBe(long.MaxValue);
    }

    [Fact]
    public void A_move_is_aside_until_5_s_after_it()
    {
        var slot = Slot();
        _bindings.OnHeartbeat(ref slot, Index, Sources[0], null, 0);
        var moving = _bindings.OnHeartbeat(ref slot, Index, Sources[2], null, 100);
        (slot.IsAside, slot.Bound, _bindings.Count, _bindings.NextTimerMs(slot, Index)).ShouldBe((true, Sources[0], 1, 400));
        _bindings.TryGetReachable(slot, Index, out _).ShouldBeFalse();
        _bindings.OnHeartbeat(ref slot, Index, Sources[2], moving.ReplyChallenge, 150);
        _bindings.TryGetReachable(slot, Index, out var candidate).ShouldBeTrue();
        candidate.ShouldBe(Sources[2]);
        slot.Liveness.OnHeartbeat(150, 25_000, 3);
        foreach (long at in (long[])[400, 1000, 1600]) _bindings.OnTimer(ref slot, Index, at);
        (slot.Bound, slot.IsValidated, slot.IsAside).ShouldBe((Sources[2], true, true));
        _bindings.OnHeartbeat(ref slot, Index, Sources[2], null, 1600 + RoamingState.MoveSpacingMs - 1);
        slot.IsAside.ShouldBeTrue();
        _bindings.OnHeartbeat(ref slot, Index, Sources[2], null, 1600 + RoamingState.MoveSpacingMs);
        (slot.IsAside, _bindings.Count).ShouldBe((false, 0));
    }

    [Fact]
    public void A_candidate_that_never_answered_is_forgotten_when_its_device_goes_silent()
    {
        var slot = Slot();
        _bindings.OnHeartbeat(ref slot, Index, Sources[0], null, 0);
        _bindings.OnHeartbeat(ref slot, Index, Sources[2], null, 100);
        slot.Liveness.OnHeartbeat(100, 25_000, 3);
        foreach (long at in (long[])[400, 1000]) _bindings.OnTimer(ref slot, Index, at);
        _bindings.Count.ShouldBe(1);
        _bindings.OnTimer(ref slot, Index, 75_100);
        (_bindings.Count, slot.Bound).ShouldBe((0, Sources[0]));
    }

    [Fact]
    public void A_slot_and_the_rule_itself_agree_at_every_step()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var rule = new RoamingState(Sources[0].Ip);
            var bindings = new Bindings(new SeededEntropy(seed));
            var entropy = new SeededEntropy(seed);
            var slot = Slot();
            uint nonce = 0;
            long now = 0;
            for (int step = 0; step < 50; step++)
            {
                slot.Liveness.OnHeartbeat(now, 25_000, 3);
                RoamingOutcome outcome;
                bindings.NextTimerMs(slot, Index).ShouldBe(rule.NextTimerMs);
                if (rule.NextTimerMs <= now)
                {
                    outcome = rule.OnTimer(now);
                    bindings.OnTimer(ref slot, Index, now).ShouldBe(outcome);
                }
                else
                {
                    var source = Sources[random.Next(Sources.Length)];
                    uint? echo = random.Next(2) == 0 ? nonce : null;
                    outcome = rule.OnHeartbeat(source, echo, now, entropy);
                    bindings.OnHeartbeat(ref slot, Index, source, echo, now).ShouldBe(outcome, $"seed {seed}, step {step}");
                }
                nonce = (random.Next(2) == 0 ? outcome.ReplyChallenge : outcome.BoundChallenge) ?? nonce;
                (slot.Bound, slot.IsValidated, slot.IsBound).ShouldBe((rule.Bound, rule.IsValidated, rule.IsBound));
                slot.IsAside.ShouldBe(!rule.IsAtRest(now));
                now += random.Next(6) switch { 0 => 6_000, 1 => 1_600, _ => random.Next(400) };
            }
        }
    }

    private static DeviceSlot Slot() => new() { Binding = new RoamingState(Sources[0].Ip).Binding };

    private sealed class SeededEntropy(int seed) : IEntropy
    {
        private readonly Random _random = new(seed);

        public void Fill(Span<byte> destination) => _random.NextBytes(destination);

        public System.Security.Cryptography.ECDiffieHellman CreateEphemeral(System.Security.Cryptography.ECCurve curve) =>
            throw new InvalidOperationException("A binding makes no keys.");
    }
}
