namespace FastRelay.Protocol.Tracing;

/// <summary>
/// Is told of each signal as it is sent or received: for a demonstration, a trace, or a test of the order.
/// Called on the thread that handles the signal, so it must be quick. An exception of it goes
/// to the log and no further. Heartbeats and acks are
/// reported by devices only: a server doesn't report what comes by the hundred thousand.
/// </summary>
public interface ISignalObserver
{
    /// <summary>A signal was sent or received.</summary>
    void OnSignal(in SignalEvent signal);
}
