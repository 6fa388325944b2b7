using FastRelay.Protocol.Tracing;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>An observer that fails at every signal.</summary>
internal sealed class ThrowingObserver : ISignalObserver
{
    public void OnSignal(in SignalEvent signal) => throw new InvalidOperationException("an observer's own fault");
}
