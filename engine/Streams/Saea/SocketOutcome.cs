using System.Net.Sockets;

namespace FastRelay.Engine.Streams.Saea;

/// <summary>What one socket operation came to: an error is a value here, since peers cause them at will.</summary>
internal readonly record struct SocketOutcome(SocketError Error, int Bytes)
{
    public bool Succeeded => Error == SocketError.Success;

    /// <summary>What the error means for the direction it struck.</summary>
    public StreamEnd ToEnd() => Error switch
    {
        SocketError.ConnectionReset or SocketError.Shutdown or SocketError.NotConnected or SocketError.ConnectionAborted => StreamEnd.Reset,
        // macOS reports a reset that raced a write as EPROTOTYPE.
        SocketError.ProtocolType when OperatingSystem.IsMacOS() => StreamEnd.Reset,
        // The socket was closed under the operation; Unix also says so with EINVAL.
        SocketError.OperationAborted or SocketError.Interrupted or SocketError.NotSocket => StreamEnd.Aborted,
        SocketError.InvalidArgument when !OperatingSystem.IsWindows() => StreamEnd.Aborted,
        _ => StreamEnd.Failed,
    };
}
