using FastRelay.Engine.Streams;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Limits;

namespace FastRelay.Server.Connections;

/// <summary>
/// Turns connections away. A full node says so, but only to so many at once: a peer that doesn't read its ALERT holds a descriptor that
/// no other limit counts. A prefix that asks too much is reset without a word.
/// </summary>
internal sealed class RefusedConnections(int mostTold, ReturnSpread spread)
{
    private int _told;

    /// <summary>Connections that are being told.</summary>
    public int BeingTold => Volatile.Read(ref _told);

    /// <summary>Refuses and closes; returns at once.</summary>
    public void Refuse(StreamConnection stream, AdmissionVerdict verdict)
    {
        bool told = verdict == AdmissionVerdict.NodeFull && TryTell();
        if (!told) stream.Abort();
        _ = CloseAsync(stream, told);
    }

    private bool TryTell()
    {
        if (Interlocked.Increment(ref _told) <= mostTold) return true;
        Interlocked.Decrement(ref _told);
        return false;
    }

    private async Task CloseAsync(StreamConnection stream, bool told)
    {
        try
        {
            if (told)
            {
                ServerHandshake.WriteAlert(AlertReason.Overloaded, spread.Next(), stream.Output);
                await stream.Output.FlushAsync();
            }
            await stream.DisposeAsync();
        }
        finally
        {
            if (told) Interlocked.Decrement(ref _told);
        }
    }
}
