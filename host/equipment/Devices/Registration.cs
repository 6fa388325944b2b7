using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRelay.Equipment.State;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// What a registration, or a return with a ticket, gave the device (SPEC 6.3, 7.9): the session of its heartbeats. Clears the keys when disposed.
/// </summary>
internal sealed class Registration : IDisposable
{
    /// <summary>K_udp, 32 bytes.</summary>
    public required byte[] Key { get; init; }

    /// <summary>The session's connection id.</summary>
    public required Cid Cid { get; init; }

    /// <summary>What makes a RESET believable, 16 bytes.</summary>
    public required byte[] ResetToken { get; init; }

    /// <summary>Where heartbeats go: the address that TCP reached, and udp_port.</summary>
    public required IPEndPoint Server { get; init; }

    /// <summary>The heartbeat interval in units of 100 ms.</summary>
    public required int Interval { get; init; }

    /// <summary>Every how many heartbeats the device asks for an ack.</summary>
    public required int AckEvery { get; init; }

    /// <summary>How long the session may last.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>The device's address as the server saw it.</summary>
    public required TransportAddress Observed { get; init; }

    /// <summary>What the device comes back with when this session is lost, until somebody takes it; null when the server gave none.</summary>
    public ReturnTicket? Ticket { get; set; }

    /// <summary>The socket from which the session was brought back, until its heartbeats take it; null: they open one.</summary>
    public Socket? Socket { get; set; }

    public void Dispose()
    {
        Ticket?.Dispose();
        Socket?.Dispose();
        CryptographicOperations.ZeroMemory(Key);
        CryptographicOperations.ZeroMemory(ResetToken);
    }
}
