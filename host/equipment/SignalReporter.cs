using System.Net;
using FastRelay.Protocol;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment;

/// <summary>Tells the observer, if there is one; costs a null check otherwise.</summary>
internal readonly struct SignalReporter(ISignalObserver? observer)
{
    public void Sent(Signal signal, ConnectionRole role, int bytes, IPEndPoint? peer) => Report(signal, true, role, bytes, peer);

    public void Received(Signal signal, ConnectionRole role, int bytes, IPEndPoint? peer) => Report(signal, false, role, bytes, peer);

    private void Report(Signal signal, bool sent, ConnectionRole role, int bytes, IPEndPoint? peer)
    {
        if (observer is null) return;
        observer.OnSignal(new SignalEvent(signal, sent, role, bytes, peer is null ? default : TransportAddress.From(peer)));
    }
}
