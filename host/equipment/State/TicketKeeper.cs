using FastRelay.Equipment.Links;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment.State;

/// <summary>The device's present ticket (SPEC 7.9): in memory, on the disk, and with the connections that show it in HELLO (4.12).</summary>
internal sealed class TicketKeeper(ReturnTicketFile file, LinkSettings settings, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>The ticket with which the device may come back now; null when it has none. Stays the keeper's.</summary>
    public ReturnTicket? Live => settings.Ticket is { } ticket && ticket.IsLive(time.GetUtcNow()) ? ticket : null;

    /// <summary>Takes the ticket that an earlier run has kept.</summary>
    public ReturnTicket? Load(DeviceState state) => settings.Ticket = file.Load(state, time.GetUtcNow());

    /// <summary>Takes the ticket of a session whose first heartbeat was acknowledged: only now the one before isn't needed any more.</summary>
    public void Adopt(ReturnTicket ticket)
    {
        var old = settings.Ticket;
        settings.Ticket = ticket;
        old?.Dispose();
        try
        {
            file.Save(ticket);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            EquipmentLog.TicketNotKept(logger, e.Message.ReplaceLineEndings(" "));
        }
    }

    public void Dispose() => settings.Ticket?.Dispose();
}
