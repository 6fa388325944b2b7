using FastRelay.Engine.Datagrams;

namespace FastRelay.Engine.Tests.Datagrams;

/// <summary>Answers each datagram with itself, and counts. "die" ends the loop, "many N" is answered N times.</summary>
internal struct EchoHandler(EchoState state) : IDatagramHandler
{
    public readonly EchoState State => state;

    public readonly void OnBatch(ref DatagramBatch batch)
    {
        state.Batches++;
        state.LargestBatch = Math.Max(state.LargestBatch, batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            var payload = batch.Payload(i);
            state.LastSource = batch.Source(i);
            if (payload.SequenceEqual("die"u8)) throw new InvalidOperationException("asked to");
            int copies = payload.StartsWith("many "u8) ? int.Parse(payload[5..], provider: null) : 1;
            for (int c = 0; c < copies && payload.Length > 0; c++) payload.CopyTo(batch.Reply(i, payload.Length));
        }
        Interlocked.Add(ref state.Seen, batch.Count);
    }

    public readonly void OnTick(ref DatagramBatch output)
    {
        state.LastTickMs = output.NowMs;
        Interlocked.Increment(ref state.Ticks);
    }
}

/// <summary>What a test sees of the handler.</summary>
internal sealed class EchoState
{
    public long Seen;
    public int Ticks;
    public long LastTickMs;
    public int Batches;
    public int LargestBatch;
    public DatagramAddress LastSource;
}
