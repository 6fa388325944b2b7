using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tracing;

/// <summary>One signal as one party saw it. Carries no secret and no content.</summary>
/// <param name="Signal">Which message.</param>
/// <param name="Sent">True at the sender, false at the receiver.</param>
/// <param name="Role">The role of the TCP connection's client, <see cref="ConnectionRole.None"/> for datagrams and the direct path.</param>
/// <param name="Bytes">Bytes on the wire of this message, headers and tag included; 0 where nothing was sent.</param>
/// <param name="Peer">The other side's transport address; default where there is none.</param>
public readonly record struct SignalEvent(Signal Signal, bool Sent, ConnectionRole Role, int Bytes, TransportAddress Peer);
