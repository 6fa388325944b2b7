using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>
/// The two models of the roaming rule, explored to the last state on the code that ships (SPEC 7.6).
/// roam: an attacker who copies, races and forwards a device's datagrams, but can't drop or forge them. move: a device that really moves.
/// </summary>
public sealed class RoamingModelTests
{
    private const int MaxBeats = 3;
    private const byte AttackerBudget = 4;
    private const int MaxNonce = 6;

    private static readonly TransportAddress Home = RoamingWorld.Address(RoamingWorld.Home);
    private static readonly TransportAddress Elsewhere = RoamingWorld.Address(RoamingWorld.Elsewhere);

    private readonly CountingEntropy _entropy = new();

    /// <summary>Which server is explored: ours, or a rule known to be wrong, to show that the search finds what it is there for.</summary>
    private enum Rule
    {
        Ours,
        NewestPacketWins,
        SourceBoundEcho,
    }

    [Fact]
    public void An_attacker_who_copies_races_and_forwards_is_never_bound()
    {
        (bool hijacked, int states, int challenged, int reached) = ExploreRoam(Rule.Ours, lossy: false);
        hijacked.ShouldBeFalse();
        states.ShouldBeGreaterThan(100_000, "the search must have gone somewhere");
        challenged.ShouldBeGreaterThan(1_000, "the attacker was a candidate");
        reached.ShouldBeGreaterThan(1_000, "and it answered its challenge");
    }

    [Fact]
    public void The_search_finds_the_hijack_when_the_newest_packet_wins() =>
        ExploreRoam(Rule.NewestPacketWins, lossy: false).Hijacked.ShouldBeTrue();

    [Fact]
    public void The_search_finds_the_hijack_when_an_echo_is_tied_to_its_source() =>
        // n_old is sent three times, so the attacker has to race three copies: two actions more than it had in the model.
        ExploreRoam(Rule.SourceBoundEcho, lossy: false, budget: 6).Hijacked.ShouldBeTrue();

    [Fact]
    public void The_search_finds_what_remains_when_the_old_path_loses_all_three_challenges() =>
        // The known limit of the rule, and why n_old is sent three times and a wake goes to both addresses.
        ExploreRoam(Rule.Ours, lossy: true).Hijacked.ShouldBeTrue();

    [Fact]
    public void A_device_that_moved_is_followed_in_every_interleaving()
    {
        int ends = 0, moved = 0;
        var seen = new HashSet<UInt128>();
        var open = new Stack<RoamingWorld>();
        Visit(RoamingWorld.Established(0));
        while (open.TryPop(out RoamingWorld world))
        {
            bool stuck = true;
            if (world.DeviceAt == RoamingWorld.Home) Branch(w => w with { DeviceAt = RoamingWorld.Elsewhere });
            if (world.Beats < MaxBeats + 1 && world.Up.Count < 8) Branch(w => { w.Beats++; w.DeviceSends(0); return w; });
            if (world.ToHome.Count > 0) Branch(w => Deliver(w, RoamingWorld.Home));
            if (world.ToElsewhere.Count > 0) Branch(w => Deliver(w, RoamingWorld.Elsewhere));
            if (world.Up.Count > 0) Branch(w => ServerReceives(w, Rule.Ours));
            // Every datagram that isn't lost arrives before the timer.
            if (world.Server.NextTimerMs != long.MaxValue && world.IsQuietAtHome && world.ToElsewhere.Count == 0)
            {
                Branch(w => { w.TimerComes(); return w; });
            }
            if (!stuck) continue;
            ends++;
            if (world.SeenElsewhere)
            {
                moved++;
                world.Server.Bound.ShouldBe(Elsewhere);
            }

            void Branch(Func<RoamingWorld, RoamingWorld> step)
            {
                stuck = false;
                Visit(step(world));
            }
        }
        seen.Count.ShouldBeGreaterThan(100, $"{ends} ends");
        moved.ShouldBeGreaterThan(0, "devices did move");

        void Visit(RoamingWorld world)
        {
            if (seen.Add(world.Fingerprint())) open.Push(world);
        }

        static RoamingWorld Deliver(RoamingWorld world, byte place)
        {
            (_, _, byte nonce) = (place == RoamingWorld.Home ? ref world.ToHome : ref world.ToElsewhere).Take();
            // What is sent to an address that the device has left is lost.
            if (world.DeviceAt == place) world.DeviceSends(nonce);
            return world;
        }
    }

    private (bool Hijacked, int States, int Challenged, int Reached) ExploreRoam(Rule rule, bool lossy, byte budget = AttackerBudget)
    {
        int challenged = 0, reached = 0;
        var seen = new HashSet<UInt128>();
        var open = new Stack<RoamingWorld>();
        Visit(RoamingWorld.Established(budget));
        while (open.TryPop(out RoamingWorld world))
        {
            if ((rule == Rule.NewestPacketWins ? world.NaiveBound : world.Server.Bound.Port) != RoamingWorld.Home) return (true, seen.Count, challenged, reached);
            if (world.Server.HasCandidate) challenged++;
            if (world.Server.IsCandidateReachable) reached++;

            if (world.Beats < MaxBeats) Send(world, 0, (ref RoamingWorld w) => w.Beats++);
            if (world.ToHome.Count > 0)
            {
                RoamingWorld taken = world;
                byte nonce = taken.ToHome.Take().Nonce;
                Send(taken, nonce, null);
            }
            if (world.Forwarded.Count > 0)
            {
                RoamingWorld taken = world;
                byte nonce = taken.Forwarded.Take().Nonce;
                Send(taken, nonce, null);
            }
            if (world.ToElsewhere.Count > 0)
            {
                // The attacker forwards the challenge it was sent, or keeps it. What it forwards may overtake.
                RoamingWorld kept = world;
                byte nonce = kept.ToElsewhere.Take().Nonce;
                Visit(kept);
                if (kept.Budget > 0 && kept.Forwarded.Count < 3)
                {
                    kept.Budget--;
                    kept.Forwarded.Add(0, 0, nonce);
                    Visit(kept);
                }
            }
            if (world.Up.Count > 0 && world.ToHome.Count < 7 && world.ToElsewhere.Count < 7) Visit(ServerReceives(world, rule));
            if (world.Server.NextTimerMs != long.MaxValue && world.ToHome.Count < 7)
            {
                // Repeats of n_old may come at any time. The candidate is bound 600 ms after the last of them at the earliest;
                // on a network that isn't lossy what was under way to and from the device has arrived by then.
                RoamingWorld later = world;
                later.TimerComes();
                bool binds = later.Server.Bound != world.Server.Bound;
                if (!binds || lossy || world.IsQuietAtHome) Visit(later);
            }
        }
        return (false, seen.Count, challenged, reached);

        void Send(RoamingWorld world, byte echo, Mutation? also)
        {
            also?.Invoke(ref world);
            if (world.Up.Count < 8)
            {
                RoamingWorld alone = world;
                alone.DeviceSends(echo);
                Visit(alone);
            }
            if (world.Budget == 0 || world.Up.Count >= 7) return;
            // The attacker races a copy from its own address in front of the genuine datagram.
            world.Budget--;
            world.Up.Add(++world.Counter, RoamingWorld.Elsewhere, echo);
            world.Up.Add(world.Counter, RoamingWorld.Home, echo);
            Visit(world);
        }

        void Visit(RoamingWorld world)
        {
            // With no exchange open the rule doesn't look at the clock: states that differ in it alone are one.
            if (!world.Server.HasCandidate) world.Now = 0;
            // So are those that differ in what only another rule or model looks at.
            if (rule != Rule.NewestPacketWins) world.NaiveBound = 0;
            world.SeenElsewhere = false;
            if (seen.Add(world.Fingerprint())) open.Push(world);
        }
    }

    private delegate void Mutation(ref RoamingWorld world);

    private RoamingWorld ServerReceives(RoamingWorld world, Rule rule)
    {
        (int counter, byte source, byte nonce) = world.Up.Take();
        if (!world.Window.TryAccept((ulong)counter)) return world;
        world.SeenElsewhere |= source == RoamingWorld.Elsewhere;
        world.NaiveBound = source;
        TransportAddress from = RoamingWorld.Address(source);
        bool startsExchange = from != world.Server.Bound && (!world.Server.HasCandidate || from != world.Server.Candidate);
        // As in the model, the number of exchanges is bounded; the rest of the rule isn't.
        if (startsExchange && nonce == 0 && world.NextNonce >= MaxNonce) return world;
        uint? echo = nonce == 0 ? null : nonce;
        // In the models' numbering the candidate's nonces are odd, the old path's even.
        if (rule == Rule.SourceBoundEcho && echo is not null && from != (nonce % 2 == 0 ? world.Server.Bound : world.Server.Candidate)) echo = null;

        _entropy.Next = world.NextNonce;
        RoamingOutcome outcome = world.Server.OnHeartbeat(from, echo, world.Now, _entropy);
        world.NextNonce = _entropy.Next;
        if (outcome.ReplyChallenge is { } reply) world.SendTo(from, reply);
        if (outcome.BoundChallenge is { } challenge) world.SendTo(world.Server.Bound, challenge);
        return world;
    }
}
