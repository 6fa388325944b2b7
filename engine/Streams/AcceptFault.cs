using System.Net.Sockets;

namespace FastRelay.Engine.Streams;

/// <summary>What a failed accept says about the listening socket.</summary>
internal static class AcceptFault
{
    /// <summary>
    /// Judges an error. accept(2): Linux passes the pending network errors of the connection on (ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN,
    /// ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH), and a firewall's refusal (EPERM); all are to be taken like EAGAIN. The base library
    /// gives EPERM as <see cref="SocketError.AccessDenied"/>, and EPROTO and ENONET, for which it has no word, as <see cref="SocketError.SocketError"/>.
    /// </summary>
    public static AcceptFaultKind Of(SocketError error) => error switch
    {
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.TimedOut => AcceptFaultKind.OfTheConnection,
        SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.NetworkReset => AcceptFaultKind.OfTheConnection,
        SocketError.HostDown or SocketError.HostUnreachable => AcceptFaultKind.OfTheConnection,
        SocketError.AccessDenied or SocketError.ProtocolOption or SocketError.OperationNotSupported => AcceptFaultKind.OfTheConnection,
        SocketError.SocketError or SocketError.TryAgain or SocketError.WouldBlock or SocketError.Interrupted => AcceptFaultKind.OfTheConnection,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => AcceptFaultKind.Exhaustion,
        _ => AcceptFaultKind.OfTheListener,
    };
}
