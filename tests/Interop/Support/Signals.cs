using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Interop.Tests.Support;

/// <summary>The signals that one party on our side sent and received.</summary>
internal sealed class Signals : ISignalObserver
{
    private readonly Lock _gate = new();
    private readonly List<SignalEvent> _all = [];

    public int Count(Signal signal) => Of(signal).Length;

    public SignalEvent[] Of(Signal signal)
    {
        lock (_gate) return [.. _all.Where(s => s.Signal == signal)];
    }

    public SignalEvent[] Of(Signal signal, ConnectionRole role) => [.. Of(signal).Where(s => s.Role == role)];

    public void OnSignal(in SignalEvent signal)
    {
        lock (_gate) _all.Add(signal);
    }
}
