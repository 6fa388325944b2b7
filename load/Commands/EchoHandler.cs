using FastRelay.Engine.Datagrams;

namespace FastRelay.Load.Commands;

/// <summary>Sends every datagram back as it is.</summary>
internal readonly struct EchoHandler : IDatagramHandler
{
    public void OnBatch(ref DatagramBatch batch)
    {
        for (int i = 0; i < batch.Count; i++) batch.Payload(i).CopyTo(batch.Reply(i, batch.Payload(i).Length));
    }

    public void OnTick(ref DatagramBatch output)
    {
        // Nothing is due in an echo.
    }
}
