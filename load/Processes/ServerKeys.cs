using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Processes;

/// <summary>
/// The keys of a test server, from its data directory, which is this program's own: a swarm of millions mints its tickets with them, in place
/// of a million handshakes.
/// </summary>
internal sealed class ServerKeys : IDisposable
{
    private ServerKeys(NodeKeys node, TicketKeys tickets)
    {
        Node = node;
        Tickets = tickets;
    }

    /// <summary>The node's keys.</summary>
    public NodeKeys Node { get; }

    /// <summary>The ticket keys as they were when they were read.</summary>
    public TicketKeys Tickets { get; }

    /// <summary>Reads them.</summary>
    /// <param name="dataDirectory">The server's; it has started.</param>
    /// <param name="aead">For the seal.</param>
    public static ServerKeys Read(string dataDirectory, IPacketAead aead)
    {
        byte[] secret = File.ReadAllBytes(Path.Combine(dataDirectory, "node_secret"));
        uint id = BinaryPrimitives.ReadUInt32BigEndian(File.ReadAllBytes(Path.Combine(dataDirectory, "node_id")));
        var node = new NodeKeys(secret, id);
        CryptographicOperations.ZeroMemory(secret);
        var reason = TicketKeys.Import(File.ReadAllBytes(Path.Combine(dataDirectory, "ticket_keys")), node.SealKey, aead, out var tickets);
        if (reason == RejectReason.None) return new ServerKeys(node, tickets!);
        node.Dispose();
        throw new LoadException($"The server's ticket keys can't be read: {reason}.");
    }

    /// <inheritdoc/>
    public void Dispose() => Node.Dispose();
}
