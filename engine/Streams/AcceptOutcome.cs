using System.Net.Sockets;

namespace FastRelay.Engine.Streams;

/// <summary>What one accept came to.</summary>
/// <param name="Connection">The connection; null when there is none.</param>
/// <param name="Error">Why there is none; with success, the listener was closed.</param>
internal readonly record struct AcceptOutcome(StreamConnection? Connection, SocketError Error);
