using FastRelay.Protocol.Tracing;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>Remembers every signal in the order in which it was told.</summary>
internal sealed class RecordingObserver : ISignalObserver
{
    private readonly Lock _gate = new();
    private readonly List<SignalEvent> _signals = [];

    public IReadOnlyList<SignalEvent> All
    {
        get { lock (_gate) return [.. _signals]; }
    }

    public void OnSignal(in SignalEvent signal)
    {
        lock (_gate) _signals.Add(signal);
    }

    public int Count(Signal signal, bool sent)
    {
        lock (_gate) return _signals.Count(s => s.Signal == signal && s.Sent == sent);
    }
}
