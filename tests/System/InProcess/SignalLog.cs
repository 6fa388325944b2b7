using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.System.Tests.InProcess;

/// <summary>One party's signals in the order in which it sent and received them.</summary>
internal sealed class SignalLog : ISignalObserver
{
    private readonly Lock _gate = new();
    private readonly List<SignalEvent> _signals = [];

    public IReadOnlyList<SignalEvent> All
    {
        get { lock (_gate) return [.. _signals]; }
    }

    /// <summary>The signals on the connections of one role, heartbeats aside.</summary>
    public Signal[] Of(ConnectionRole role) =>
        [.. All.Where(s => s.Role == role && s.Signal is not (Signal.Heartbeat or Signal.Ack)).Select(s => s.Signal)];

    public int Count(Signal signal) => All.Count(s => s.Signal == signal);

    /// <summary>Where a signal stands in the order; fails when it isn't there.</summary>
    public int IndexOf(Signal signal, ConnectionRole role, bool sent)
    {
        var all = All;
        for (int i = 0; i < all.Count; i++)
            if (all[i].Signal == signal && all[i].Role == role && all[i].Sent == sent) return i;
        throw new ShouldAssertException($"{(sent ? "No sent" : "No received")} {signal} with role {role} in: {string.Join(", ", all.Select(s => s.Signal))}");
    }

    public void OnSignal(in SignalEvent signal)
    {
        lock (_gate) _signals.Add(signal);
    }
}
