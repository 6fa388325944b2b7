using FastRelay.Protocol;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Connections;

/// <summary>Tells the observer, when there is one, of each signal.</summary>
internal sealed class SignalTrace(ISignalObserver? observer)
{
    public bool IsOn => observer is not null;

    public void Sent(Signal signal, ConnectionRole role, int bytes, TransportAddress peer) =>
        observer?.OnSignal(new SignalEvent(signal, Sent: true, role, bytes, peer));

    public void Received(Signal signal, ConnectionRole role, int bytes, TransportAddress peer) =>
        observer?.OnSignal(new SignalEvent(signal, Sent: false, role, bytes, peer));
}
