using System.Net.Sockets;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>Error numbers in the base library's words.</summary>
internal static class ErrnoExtensions
{
    /// <summary>The base library's word; <see cref="SocketError.SocketError"/> where it has none, as for EPROTO.</summary>
    public static SocketError ToSocketError(this Errno error) => error switch
    {
        Errno.Success => SocketError.Success,
        Errno.NotPermitted or Errno.AccessDenied => SocketError.AccessDenied,
        Errno.Interrupted => SocketError.Interrupted,
        Errno.BadDescriptor => SocketError.OperationAborted,
        Errno.TryAgain => SocketError.WouldBlock,
        Errno.InvalidArgument => SocketError.InvalidArgument,
        Errno.TooManyInSystem or Errno.TooManyInProcess => SocketError.TooManyOpenSockets,
        Errno.NoMemory or Errno.NoBufferSpace => SocketError.NoBufferSpaceAvailable,
        Errno.BrokenPipe or Errno.Shutdown => SocketError.Shutdown,
        Errno.NoSuchOption => SocketError.ProtocolOption,
        Errno.NotSupported => SocketError.OperationNotSupported,
        Errno.AddressInUse => SocketError.AddressAlreadyInUse,
        Errno.AddressNotAvailable => SocketError.AddressNotAvailable,
        Errno.NetworkDown => SocketError.NetworkDown,
        Errno.NetworkUnreachable => SocketError.NetworkUnreachable,
        Errno.NetworkReset => SocketError.NetworkReset,
        Errno.ConnectionAborted => SocketError.ConnectionAborted,
        Errno.ConnectionReset => SocketError.ConnectionReset,
        Errno.NotConnected => SocketError.NotConnected,
        Errno.TimedOut => SocketError.TimedOut,
        Errno.ConnectionRefused => SocketError.ConnectionRefused,
        Errno.HostDown => SocketError.HostDown,
        Errno.HostUnreachable => SocketError.HostUnreachable,
        Errno.InProgress => SocketError.InProgress,
        _ => SocketError.SocketError,
    };
}
