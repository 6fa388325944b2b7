using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Tests.Wire;
using FastRelay.Protocol.Wire;
using HeartbeatMessage = FastRelay.Protocol.Wire.Heartbeat;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>
/// The roaming rule on real datagrams and a simulated clock, where the models have only an order of events: delays, reordering, copies that
/// come early or late, challenges that are forwarded. Each seed replays exactly.
/// </summary>
public sealed class RoamingSimulationTests
{
    [Fact]
    public void Whatever_is_copied_delayed_and_forwarded_the_device_keeps_its_binding()
    {
        int reachable = 0;
        for (int seed = 0; seed < 150; seed++)
        {
            using var world = new World(seed, attacked: true);
            world.RunFor(90_000);
            world.Moves.ShouldBe(0, $"seed {seed}");
            world.Bound.ShouldBe(world.DeviceAt, $"seed {seed}");
            world.SentToAttacker.ShouldBeLessThanOrEqualTo(world.ReceivedFromAttacker, $"seed {seed}");
            reachable += world.TimesAttackerWasReachable;
        }
        reachable.ShouldBeGreaterThan(50, "the attacker got as far as it can");
    }

    [Fact]
    public void A_device_that_moves_again_and_again_is_followed_each_time()
    {
        for (int seed = 0; seed < 150; seed++)
        {
            using var world = new World(seed, attacked: false);
            for (int move = 1; move <= 3; move++)
            {
                world.RunFor(30_000);
                world.MoveDevice();
                world.RunFor(40_000);
                world.Bound.ShouldBe(world.DeviceAt, $"seed {seed}, move {move}");
                world.Moves.ShouldBe(move, $"seed {seed}");
            }
        }
    }

    private sealed class World : IDisposable
    {
        private const int MaxDelayMs = 200;
        private const int IntervalMs = 10_000;

        private static readonly TransportAddress Attacker = Address(200);

        private readonly PlatformPacketAead _aead = new(4);
        private readonly Random _random;
        private readonly SeededEntropy _entropy;
        private readonly bool _attacked;
        private readonly PriorityQueue<Action, (long At, int Order)> _events = new();
        private RoamingState _roaming;
        private ReplayWindow _atServer;
        private ReplayWindow _atDevice;
        private SendCounter _fromDevice;
        private SendCounter _fromServer;
        private long _now;
        private int _order;
        private byte _place = 1;

        public World(int seed, bool attacked)
        {
            _random = new Random(seed);
            _entropy = new SeededEntropy($"roaming {seed}");
            _attacked = attacked;
            _roaming = new RoamingState(DeviceAt.Ip);
            Beat();
        }

        public TransportAddress DeviceAt => Address(_place);

        public TransportAddress Bound => _roaming.Bound;

        public int Moves { get; private set; }

        public int SentToAttacker { get; private set; }

        public int ReceivedFromAttacker { get; private set; }

        public int TimesAttackerWasReachable { get; private set; }

        public void MoveDevice() => _place++;

        public void RunFor(long ms)
        {
            long end = _now + ms;
            while (true)
            {
                bool any = _events.TryPeek(out _, out (long At, int) next) && next.At <= end;
                long timer = _roaming.NextTimerMs;
                if (timer <= end && (!any || timer < next.At))
                {
                    _now = Math.Max(_now, timer);
                    RoamingOutcome outcome = _roaming.OnTimer(_now);
                    if (outcome.Events.HasFlag(RoamingEvents.Moved)) Moves++;
                    if (outcome.BoundChallenge is { } nonce) ServerSends(Bound, nonce);
                    continue;
                }
                if (!any) break;
                _now = next.At;
                _events.Dequeue()();
            }
            _now = end;
        }

        public void Dispose() => _aead.Dispose();

        private static TransportAddress Address(byte place) => new(new UInt128(0, 0x0000_FFFF_C000_0200UL + place), (ushort)(1000 + place));

        private void Beat()
        {
            DeviceSends(null);
            // As a real device would: some heartbeats close together (retries), most an interval apart.
            After(_random.Next(4) == 0 ? _random.Next(1, 1000) : Jitter.HeartbeatWaitMs(IntervalMs, _entropy), Beat);
        }

        private void DeviceSends(uint? echo)
        {
            _fromDevice.TryNext(out ulong counter);
            var datagram = new byte[DatagramLimits.ShortSize];
            new HeartbeatMessage { Cid = DatagramSamples.Cid, Counter = counter, Echo = echo }.Seal(datagram, DatagramSamples.Key, _aead);
            TransportAddress from = DeviceAt;
            long delay = Delay();
            After(delay, () => ServerReceives(from, datagram));
            // As in the models, the session is established when the attacker comes: before, no old path can contradict it.
            if (!_attacked || !_roaming.IsValidated) return;
            // A copy from the attacker's address, often in front of the genuine datagram; and one much later.
            if (_random.Next(3) != 0) After(_random.NextInt64(delay + 1), () => ServerReceives(Attacker, datagram));
            if (_random.Next(4) == 0) After(_random.Next(20_000), () => ServerReceives(Attacker, datagram));
        }

        private void ServerReceives(TransportAddress from, byte[] datagram)
        {
            if (from == Attacker) ReceivedFromAttacker += datagram.Length;
            // The order of SPEC 7.1: length and cid, window, tag; only then is anything believed.
            if (DatagramHeader.TryRead(datagram, out DatagramHeader header) != RejectReason.None || !_atServer.IsFresh(header.Counter)) return;
            if (HeartbeatMessage.TryOpen(datagram, DatagramSamples.Key, _aead, out HeartbeatMessage heartbeat) != RejectReason.None) return;
            _atServer.TryAccept(header.Counter).ShouldBeTrue();

            RoamingOutcome outcome = _roaming.OnHeartbeat(from, heartbeat.Echo, _now, _entropy);
            if (outcome.Events.HasFlag(RoamingEvents.CandidateReachable) && _roaming.Candidate == Attacker) TimesAttackerWasReachable++;
            if (outcome.BoundChallenge is { } challenge) ServerSends(Bound, challenge);
            if (outcome.ReplyDue) ServerSends(from, outcome.ReplyChallenge);
        }

        private void ServerSends(TransportAddress to, uint? challenge)
        {
            _fromServer.TryNext(out ulong counter);
            var datagram = new byte[DatagramLimits.ShortSize];
            new Ack { Cid = DatagramSamples.Cid, Counter = counter, IntervalTenths = 100, AckEvery = 1, Challenge = challenge }
                .Seal(datagram, DatagramSamples.Key, _aead);
            if (to == Attacker)
            {
                SentToAttacker += datagram.Length;
                // Forwarded at once, late, or never.
                if (_random.Next(4) != 0) After(_random.Next(3) == 0 ? _random.Next(5_000) : 0, () => DeviceReceives(datagram));
                return;
            }
            // What is sent to an address that the device has left is lost.
            After(Delay(), () => { if (to == DeviceAt) DeviceReceives(datagram); });
        }

        private void DeviceReceives(byte[] datagram)
        {
            if (Ack.TryOpen(datagram, DatagramSamples.Key, _aead, out Ack ack) != RejectReason.None || !_atDevice.TryAccept(ack.Counter)) return;
            if (ack.Challenge is { } nonce) DeviceSends(nonce);
        }

        private long Delay() => _random.Next(1, MaxDelayMs);

        private void After(long ms, Action action) => _events.Enqueue(action, (_now + ms, _order++));
    }
}
