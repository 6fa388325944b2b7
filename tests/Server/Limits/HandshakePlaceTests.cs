using System.Net;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Limits;
using FastRelay.Server.Metrics;
using FastRelay.Server.Options;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests.Limits;

/// <summary>How a HELLO is judged, apart from any connection.</summary>
public sealed class HandshakePlaceTests
{
    private static readonly TransportAddress Peer = TransportAddress.From(new IPEndPoint(IPAddress.Parse("203.0.113.1"), 4000));
    private readonly ManualTimeProvider _time = new();
    private readonly LimitOptions _limits = new() { LoadThreshold = 0, HandshakeBurst = 1 };
    private readonly HandshakeQueue _queue = new(1, 4);
    private readonly ServerCounters _counters = new();
    private readonly Admission _admission;

    public HandshakePlaceTests()
    {
        _admission = new Admission(_limits, SystemEntropy.Instance, _time);
        _admission.Enter(Peer).ShouldBe(AdmissionVerdict.Admitted);
    }

    [Fact]
    public void A_stranger_whose_prefix_is_too_fast_is_told_when_to_come_back_and_a_device_with_a_ticket_is_let_in()
    {
        using (var first = Place()) first.Admit(Stranger).ShouldBeNull();
        using (var second = Place()) second.Admit(Stranger).ShouldBe(new Alert(AlertReason.Overloaded, 30));
        using (var holder = Place()) holder.Admit(new HelloStanding(HoldsChain: true, null)).ShouldNotBeNull();
        using (var device = Place()) device.Admit(Device(1)).ShouldBeNull();
        _counters.HandshakesRefused(HandshakeRefusal.TooFast).ShouldBe(2);
    }

    [Fact]
    public void The_ticket_of_one_device_lets_in_one_handshake_at_a_time()
    {
        using (var spent = Place()) spent.Admit(Stranger).ShouldBeNull();
        using (var first = Place())
        {
            first.Admit(Device(1)).ShouldBeNull();
            // A copy of its HELLO is a stranger's, and those are too fast.
            using (var copy = Place()) copy.Admit(Device(1)).ShouldNotBeNull();
            using (var other = Place()) other.Admit(Device(2)).ShouldBeNull();
            using (var again = Place()) again.Admit(Device(1)).ShouldNotBeNull("the copy's end hasn't freed the first one's place");
        }
        using var later = Place();
        later.Admit(Device(1)).ShouldBeNull();
    }

    [Fact]
    public async Task When_strangers_have_filled_their_places_known_devices_still_find_one_and_go_first()
    {
        _limits.HandshakeBurst = 100;
        var admission = new Admission(_limits, SystemEntropy.Instance, _time);
        admission.Enter(Peer);
        (await _queue.EnterAsync(HandshakeStanding.Begun)).ShouldBeTrue();
        var strangers = new List<Task<bool>>();
        for (int i = 0; i < 2; i++)
        {
            var place = Place(admission);
            place.Admit(Stranger).ShouldBeNull();
            strangers.Add(place.EnterAsync().AsTask());
        }
        using (var third = Place(admission)) third.Admit(Stranger).ShouldBe(new Alert(AlertReason.Overloaded, 30));
        using var device = Place(admission);
        device.Admit(Device(1)).ShouldBeNull();
        var turn = device.EnterAsync().AsTask();
        _queue.Leave();
        (await turn.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldBeTrue();
        strangers.ShouldAllBe(stranger => !stranger.IsCompleted);
        _counters.HandshakesRefused(HandshakeRefusal.QueueFull).ShouldBe(1);
    }

    private static HelloStanding Stranger => new(HoldsChain: false, Device: null);

    private static HelloStanding Device(uint number) => new(HoldsChain: false, new DeviceId(number));

    private HandshakePlace Place(Admission? admission = null) =>
        new(Peer, admission ?? _admission, _queue, new ReturnSpread(1_000, 30, 300, _time), _counters);
}
