using System.Net;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tests.EndToEnd;
using FastRelay.Protocol.Wire;
using FastRelay.Tests.Support;

namespace FastRelay.Protocol.Tests.Request;

public sealed class RequestGateTests
{
    private readonly Parties _parties = Parties.Shared;
    private readonly ManualTimeProvider _clock = new(Parties.Now);
    private readonly RequestGate _gate;
    private ulong _nextId = 1;

    public RequestGateTests() => _gate = Gate();

    [Fact]
    [Trait("Claim", "10")]
    [Trait("Claim", "25")]
    [Trait("Claim", "14")]
    [Trait("Claim", "29")]
    public void The_right_password_yields_a_communication_request_that_the_issuer_takes()
    {
        using var issuer = _parties.Seal();
        var decision = Decide(issuer);
        decision.Outcome.ShouldBe(RequestOutcome.Accepted);
        decision.PasswordCompared.ShouldBeTrue();
        decision.Address.ShouldBe(Parties.IssuerAddress);
        Parse(decision).ShouldBe((AnswerStatus.Accepted, 0));
        byte[] commReq = new byte[CommReq.Size];
        using var session = decision.Session!;
        session.WriteCommReq(SystemEntropy.Instance, commReq, out var deviceChannel);
        deviceChannel.Dispose();
        issuer.TryAcceptCommReq(commReq, out var channel).ShouldBe(RejectReason.None);
        channel!.Dispose();
    }

    [Fact]
    [Trait("Claim", "10")]
    [Trait("Claim", "25")]
    [Trait("Claim", "14")]
    [Trait("Claim", "29")]
    public void A_wrong_password_yields_nothing_to_dial_with_and_the_issuer_learns_why()
    {
        using var issuer = _parties.Seal(clientKey: _parties.Stretch("wrong horse"));
        var decision = Decide(issuer);
        decision.Outcome.ShouldBe(RequestOutcome.Refused);
        decision.PasswordCompared.ShouldBeTrue();
        decision.Session.ShouldBeNull();
        VerdictOf(issuer, decision).ShouldBe(Verdict.PasswordRefused);
    }

    [Fact]
    public void No_password_is_refused()
    {
        using var issuer = _parties.Seal(clientKey: new byte[32]);
        VerdictOf(issuer, Decide(issuer)).ShouldBe(Verdict.PasswordRefused);
    }

    [Fact]
    public void A_request_lifted_to_another_session_is_dropped_before_the_password_is_looked_at()
    {
        using var issuer = _parties.Seal();
        byte[] otherSession = [.. Parties.Binding];
        otherSession[31] ^= 1;
        var decision = Decide(issuer, binding: otherSession);
        decision.Outcome.ShouldBe(RequestOutcome.Dropped);
        decision.Reason.ShouldBe(RejectReason.BadToken);
        decision.PasswordCompared.ShouldBeFalse();
        decision.Answer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void A_request_lifted_to_another_address_is_dropped_even_with_a_binding_that_fits()
    {
        using var issuer = _parties.Seal();
        var decision = Decide(issuer, address: Parties.IssuerAddress with { Port = 40_124 });
        decision.Outcome.ShouldBe(RequestOutcome.Dropped);
        decision.Reason.ShouldBe(RejectReason.BadValue);
        decision.Answer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Any_of_the_sealed_candidates_may_be_dialled()
    {
        var second = Parties.IssuerAddress with { Port = 40_124 };
        using var issuer = _parties.Seal(candidates: [Parties.IssuerAddress, second]);
        Decide(issuer, address: second).Address.ShouldBe(second);
    }

    [Fact]
    public void A_repeated_request_gets_the_same_answer_and_nothing_is_done_again()
    {
        using var issuer = _parties.Seal();
        var first = Decide(issuer, id: 77);
        first.Session!.Dispose();
        var again = Decide(issuer, id: 77);
        again.Outcome.ShouldBe(RequestOutcome.Repeated);
        again.Answer.ToArray().ShouldBe(first.Answer.ToArray());
        again.Session.ShouldBeNull();
    }

    [Fact]
    public void A_repeated_ephemeral_key_under_a_new_number_is_dropped_for_300_seconds()
    {
        using var issuer = _parties.Seal();
        Decide(issuer).Session!.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(100));
        var lifted = Decide(issuer);
        lifted.Outcome.ShouldBe(RequestOutcome.Dropped);
        lifted.Reason.ShouldBe(RejectReason.Replayed);
        _clock.Advance(TimeSpan.FromSeconds(200));
        Decide(issuer).Reason.ShouldBe(RejectReason.Replayed);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        VerdictOf(issuer, Decide(issuer)).ShouldBe(Verdict.Stale, "now its own time has long passed");
    }

    [Theory]
    [InlineData(-120_001, false)]
    [InlineData(-120_000, true)]
    [InlineData(120_000, true)]
    [InlineData(120_001, false)]
    public void A_clock_may_be_off_by_120_seconds(long differenceMs, bool taken)
    {
        using var issuer = _parties.Seal(now: Parties.Now.AddMilliseconds(differenceMs));
        var decision = Decide(issuer);
        if (taken) decision.Outcome.ShouldBe(RequestOutcome.Accepted);
        else VerdictOf(issuer, decision).ShouldBe(Verdict.Stale);
        decision.PasswordCompared.ShouldBe(taken);
        decision.Session?.Dispose();
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void What_was_sealed_before_this_run_to_a_descriptor_of_an_earlier_one_is_stale(long differenceMs, bool taken)
    {
        var earlier = Descriptor.Create(_parties.Identity, _parties.Agreement, _parties.DevicePassword, Parties.Now.AddDays(9));
        _gate.Publish(earlier, _parties.Agreement, notBefore: Parties.Now);
        using var issuer = _parties.Seal(descriptor: earlier, now: Parties.Now.AddMilliseconds(differenceMs));
        var decision = Decide(issuer);
        if (taken) decision.Outcome.ShouldBe(RequestOutcome.Accepted);
        else VerdictOf(issuer, decision).ShouldBe(Verdict.Stale);
        decision.Session?.Dispose();
    }

    [Fact]
    public void A_request_sealed_to_a_descriptor_that_was_not_published_is_stale()
    {
        var unpublished = Descriptor.Create(_parties.Identity, _parties.Agreement, _parties.DevicePassword, Parties.Now.AddDays(9));
        using var issuer = _parties.Seal(descriptor: unpublished);
        VerdictOf(issuer, Decide(issuer)).ShouldBe(Verdict.Stale);
    }

    [Fact]
    public void The_newest_four_descriptors_are_good_and_the_fifth_is_not()
    {
        var descriptors = Enumerable.Range(0, 5)
            .Select(i => Descriptor.Create(_parties.Identity, _parties.Agreement, _parties.DevicePassword, Parties.Now.AddDays(10 + i)))
            .ToArray();
        foreach (var descriptor in descriptors) _gate.Publish(descriptor, _parties.Agreement);
        for (int i = 0; i < 5; i++)
        {
            using var issuer = _parties.Seal(descriptor: descriptors[i]);
            var decision = Decide(issuer);
            decision.Outcome.ShouldBe(i == 0 ? RequestOutcome.Refused : RequestOutcome.Accepted, $"descriptor {i}");
            decision.Session?.Dispose();
        }
    }

    [Fact]
    public void A_request_sealed_to_a_key_of_an_earlier_run_is_refused_without_a_verdict()
    {
        using var earlier = new Parties(seed: 4);
        var old = Descriptor.Create(_parties.Identity, earlier.Agreement, _parties.DevicePassword, Parties.Now.AddDays(1));
        using var issuer = _parties.Seal(descriptor: old);
        var decision = Decide(issuer);
        decision.Verdict.ShouldBe(Verdict.Stale);
        Parse(decision).ShouldBe((AnswerStatus.Refused, 0));
    }

    [Fact]
    public void A_ping_is_answered_only_with_the_right_password_and_nothing_is_dialled()
    {
        using var right = _parties.Seal(capabilities: RequestCapabilities.Ping);
        var decision = Decide(right);
        decision.Outcome.ShouldBe(RequestOutcome.Answered);
        decision.Session.ShouldBeNull();
        Parse(decision).Status.ShouldBe(AnswerStatus.Accepted);
        VerdictOf(right, decision).ShouldBe(Verdict.Yes);

        using var wrong = _parties.Seal(clientKey: _parties.Stretch("wrong"), capabilities: RequestCapabilities.Ping);
        VerdictOf(wrong, Decide(wrong)).ShouldBe(Verdict.PasswordRefused);
    }

    [Fact]
    public void An_address_that_the_device_may_not_dial_is_refused_after_the_password()
    {
        var inside = TransportAddress.From(new(new IPAddress([192, 168, 0, 1]), 8080));
        using var issuer = _parties.Seal(candidates: [inside]);
        var decision = Decide(issuer, address: inside);
        decision.PasswordCompared.ShouldBeTrue();
        decision.Session.ShouldBeNull();
        VerdictOf(issuer, decision).ShouldBe(Verdict.AddressRefused);

        using var neighbour = _parties.Seal(candidates: [inside]);
        var same = Decide(neighbour, address: inside, samePublic: true);
        same.Outcome.ShouldBe(RequestOutcome.Accepted);
        same.Session!.Dispose();
    }

    [Fact]
    public void Wrong_passwords_lock_their_source_and_then_the_right_one_is_not_even_compared()
    {
        byte[] wrong = _parties.Stretch("wrong");
        for (int i = 0; i < 6; i++)
        {
            using var failing = _parties.Seal(clientKey: wrong);
            VerdictOf(failing, Decide(failing)).ShouldBe(Verdict.PasswordRefused);
        }
        using var locked = _parties.Seal(now: _clock.GetUtcNow());
        var decision = Decide(locked);
        decision.PasswordCompared.ShouldBeFalse();
        VerdictOf(locked, decision).ShouldBe(Verdict.LockedOut);

        var elsewhere = TransportAddress.From(new(new IPAddress([198, 51, 100, 7]), 40_123));
        using var other = _parties.Seal(candidates: [elsewhere]);
        var fromElsewhere = Decide(other, address: elsewhere);
        fromElsewhere.Outcome.ShouldBe(RequestOutcome.Accepted);
        fromElsewhere.Session!.Dispose();

        _clock.Advance(TimeSpan.FromSeconds(2));
        using var late = _parties.Seal(now: _clock.GetUtcNow());
        var afterwards = Decide(late);
        afterwards.Outcome.ShouldBe(RequestOutcome.Accepted, "2 s after the first failure beyond the free ones");
        afterwards.Session!.Dispose();

        // And the right one cleared the source: five failures are free again.
        for (int i = 0; i < 5; i++)
        {
            using var failing = _parties.Seal(clientKey: wrong, now: _clock.GetUtcNow());
            VerdictOf(failing, Decide(failing)).ShouldBe(Verdict.PasswordRefused);
        }
    }

    [Fact]
    public void What_it_remembers_is_bounded_accepted_requests_stay_and_without_room_it_is_busy()
    {
        var gate = Gate(replayCapacity: 3);
        byte[] wrong = _parties.Stretch("wrong");
        for (int i = 0; i < 5; i++)
        {
            using var failing = _parties.Seal(clientKey: wrong);
            Decide(failing, gate: gate);
            gate.Remembered.ShouldBeLessThanOrEqualTo(3);
        }
        var accepted = Enumerable.Range(0, 3).Select(_ => _parties.Seal()).ToArray();
        foreach (var issuer in accepted)
        {
            var decision = Decide(issuer, gate: gate);
            decision.Outcome.ShouldBe(RequestOutcome.Accepted);
            decision.Session!.Dispose();
        }
        using var late = _parties.Seal();
        VerdictOf(late, Decide(late, gate: gate)).ShouldBe(Verdict.Busy);
        foreach (var issuer in accepted)
        {
            Decide(issuer, gate: gate).Reason.ShouldBe(RejectReason.Replayed, "an accepted request is never forgotten early");
            issuer.Dispose();
        }
        _clock.Advance(TimeSpan.FromSeconds(301));
        using var later = _parties.Seal(now: _clock.GetUtcNow());
        var free = Decide(later, gate: gate);
        free.Outcome.ShouldBe(RequestOutcome.Accepted);
        free.Session!.Dispose();
        gate.Remembered.ShouldBe(1);
    }

    [Fact]
    public void A_silent_device_says_nothing_where_it_would_refuse()
    {
        var silent = Gate(silent: true);
        using var issuer = _parties.Seal(clientKey: _parties.Stretch("wrong"));
        var decision = Decide(issuer, gate: silent, id: 5);
        decision.Outcome.ShouldBe(RequestOutcome.Refused);
        decision.Answer.IsEmpty.ShouldBeTrue();
        Decide(issuer, gate: silent, id: 5).Outcome.ShouldBe(RequestOutcome.Dropped);
    }

    [Fact]
    public void A_sealed_request_that_does_not_open_is_dropped()
    {
        using var issuer = _parties.Seal();
        byte[] e2e1 = issuer.E2E1.ToArray();
        e2e1[^1] ^= 1;
        var decision = _gate.Decide(Request(e2e1, 9), NowMs, _clock.GetUtcNow());
        decision.Outcome.ShouldBe(RequestOutcome.Dropped);
        decision.Reason.ShouldBe(RejectReason.BadTag);
    }

    [Fact]
    public void A_gate_without_a_descriptor_takes_nothing()
    {
        var empty = new RequestGate(_parties.Id, _parties.DevicePassword, Policy(), SystemEntropy.Instance);
        using var issuer = _parties.Seal();
        Decide(issuer, gate: empty).Outcome.ShouldBe(RequestOutcome.Dropped);
    }

    private long NowMs => _clock.GetTimestamp() / TimeSpan.TicksPerMillisecond;

    private static DialPolicy Policy() => new(TransportAddress.From(new(new IPAddress([192, 0, 2, 1]), 4747)));

    private RequestGate Gate(bool silent = false, int replayCapacity = 100)
    {
        var gate = new RequestGate(_parties.Id, _parties.DevicePassword, Policy(), SystemEntropy.Instance, silent, replayCapacity);
        gate.Publish(_parties.Descriptor, _parties.Agreement);
        return gate;
    }

    private RequestDecision Decide(IssuerSession issuer, byte[]? binding = null, TransportAddress? address = null, ulong? id = null,
        bool samePublic = false, RequestGate? gate = null)
    {
        var request = new Connect2
        {
            RequestId = id ?? (1000 + _nextId++),
            SamePublic = samePublic,
            Address = address ?? Parties.IssuerAddress,
            SessionBinding = binding ?? Parties.Binding,
            E2E1 = issuer.E2E1.Span,
        };
        return (gate ?? _gate).Decide(request, NowMs, _clock.GetUtcNow());
    }

    private static Connect2 Request(byte[] e2e1, ulong id) =>
        new() { RequestId = id, Address = Parties.IssuerAddress, SessionBinding = Parties.Binding, E2E1 = e2e1 };

    private static (AnswerStatus Status, int VerdictBytes) Parse(RequestDecision decision)
    {
        Answer.TryParse(decision.Answer.Span, out var answer).ShouldBe(RejectReason.None);
        return (answer.Status, answer.Verdict.Length);
    }

    private static Verdict VerdictOf(IssuerSession issuer, RequestDecision decision)
    {
        Answer.TryParse(decision.Answer.Span, out var answer).ShouldBe(RejectReason.None);
        issuer.TryReadVerdict(answer.Verdict, out var verdict).ShouldBe(RejectReason.None);
        decision.Verdict.ShouldBe(verdict);
        return verdict;
    }
}
