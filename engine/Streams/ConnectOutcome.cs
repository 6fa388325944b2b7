using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace FastRelay.Engine.Streams;

/// <summary>What <see cref="StreamConnector.ConnectAsync"/> came to.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Connection">The connection, owned by the caller; null unless <see cref="ConnectResult.Connected"/>.</param>
/// <param name="Error">The socket's error, for a log.</param>
public readonly record struct ConnectOutcome(ConnectResult Result, StreamConnection? Connection, SocketError Error)
{
    /// <summary>Whether there is a connection.</summary>
    [MemberNotNullWhen(true, nameof(Connection))]
    public bool IsConnected => Connection is not null;
}
