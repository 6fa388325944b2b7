using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Bench.Heartbeats;

/// <summary>A heartbeat from where the device has been all the time: nearly all there are.</summary>
public class RoamingStateBenchmarks
{
    private readonly HeartbeatSession _session = new();
    private RoamingState _state;

    [GlobalSetup]
    public void SetUp()
    {
        _state = new RoamingState(_session.Source.Ip);
        uint? challenge = _state.OnHeartbeat(_session.Source, null, 0, SystemEntropy.Instance).ReplyChallenge;
        _state.OnHeartbeat(_session.Source, challenge, 1, SystemEntropy.Instance);
        if (!_state.IsValidated) throw new InvalidOperationException("The echo validates the binding.");
    }

    [Benchmark]
    public bool OnHeartbeat_at_home() => _state.OnHeartbeat(_session.Source, null, 2, SystemEntropy.Instance).ReplyDue;
}
