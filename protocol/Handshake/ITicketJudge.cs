using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// Tells whose ticket a HELLO shows (SPEC 4.12). It is asked before anything dear of the handshake happens: before CERT, and before any
/// operation on a curve. Thread-safe.
/// </summary>
public interface ITicketJudge
{
    /// <summary>Opens the ticket and checks the binder.</summary>
    /// <param name="hello">A HELLO with a ticket, well-formed and not yet believed in anything.</param>
    /// <param name="now">The present time.</param>
    /// <returns>The device that holds the ticket's keys, or held them when this HELLO was made; null: as if no ticket had been shown.</returns>
    DeviceId? Judge(in Hello hello, DateTimeOffset now);
}
