using System.Net;
using BenchmarkDotNet.Attributes;
using FastRelay.Engine.Streams;

#pragma warning disable VSTHRD002 // a step is a call, and nothing here needs the thread that waits

namespace FastRelay.Bench.Streams;

/// <summary>One message over a standing connection on loopback: written, flushed, received and given back.</summary>
public class StreamConnectionBenchmarks
{
    private const int Size = 128;

    private StreamListener _listener = null!;
    private StreamConnection _from = null!;
    private StreamConnection _to = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = _listener.AcceptAsync().AsTask();
        var dialling = StreamConnector.ConnectAsync(_listener.LocalEndPoint).AsTask();
        Task.WaitAll(accepting, dialling);
        _from = dialling.Result.Connection!;
        _to = accepting.Result!;
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _from.Abort();
        _to.Abort();
        _listener.DisposeAsync().AsTask().Wait();
    }

    [Benchmark]
    public long Message()
    {
        _from.Output.GetSpan(Size)[..Size].Fill(1);
        _from.Output.Advance(Size);
        var flushing = _from.Output.FlushAsync();
        if (!flushing.IsCompletedSuccessfully) throw new InvalidOperationException("The kernel has no room for one message.");
        _ = flushing.Result;
        long received = 0;
        while (received < Size)
        {
            var reading = _to.Input.ReadAsync();
            while (!reading.IsCompleted) Thread.SpinWait(10);
            var read = reading.Result;
            received += read.Buffer.Length;
            _to.Input.AdvanceTo(read.Buffer.End);
        }
        return received;
    }
}
