using System.Collections.Concurrent;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Server.Tests.Support;

/// <summary>Keeps every signal in the order in which it was told.</summary>
internal sealed class SignalRecorder : ISignalObserver
{
    private readonly ConcurrentQueue<SignalEvent> _events = [];

    public IReadOnlyList<SignalEvent> Events => [.. _events];

    public IEnumerable<Signal> Signals => Events.Select(e => e.Signal);

    public void OnSignal(in SignalEvent signal) => _events.Enqueue(signal);
}
