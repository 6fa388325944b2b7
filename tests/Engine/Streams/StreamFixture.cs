using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Buffers;
using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams;

/// <summary>A listener on loopback over a leak-tracking pool of small blocks; disposal fails the test when a buffer is missing.</summary>
internal sealed class StreamFixture : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];
    private readonly StreamBackend _backend;

    public StreamFixture(StreamBackend backend, Action<StreamListenerOptions>? configure = null, IPAddress? address = null)
    {
        _backend = backend;
        var options = new StreamListenerOptions { Pool = Pool, Backend = backend };
        configure?.Invoke(options);
        Listener = StreamListener.Bind(new IPEndPoint(address ?? IPAddress.Loopback, 0), options);
    }

    public LeakTrackingPool Pool { get; } = new(blockSize: 2048);

    public StreamListener Listener { get; }

    public async Task<(StreamConnection Client, StreamConnection Server)> PairAsync(Action<StreamConnectOptions>? configure = null)
    {
        var options = new StreamConnectOptions { Pool = Pool, Backend = _backend };
        configure?.Invoke(options);
        var accepting = Listener.AcceptAsync();
        var outcome = await Within.Time(StreamConnector.ConnectAsync(Listener.LocalEndPoint, options));
        outcome.Result.ShouldBe(ConnectResult.Connected);
        var server = (await Within.Time(accepting)).ShouldNotBeNull();
        return (Keep(outcome.Connection!), Keep(server));
    }

    /// <summary>A connection of ours against a bare socket, which can do what ours never would.</summary>
    public async Task<(Socket Raw, StreamConnection Server)> RawPairAsync()
    {
        var accepting = Listener.AcceptAsync();
        var raw = new Socket(Listener.LocalEndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 64 * 1024 };
        // Connected without the asynchronous machinery, so that it stays out of measurements.
        raw.Connect(Listener.LocalEndPoint);
        return (raw, Keep((await Within.Time(accepting)).ShouldNotBeNull()));
    }

    public StreamConnection Keep(StreamConnection connection)
    {
        _open.Add(connection);
        return connection;
    }

    public static async Task<byte[]> ReadExactlyAsync(PipeReader reader, int count)
    {
        var result = await Within.Time(reader.ReadAtLeastAsync(count));
        result.Buffer.Length.ShouldBeGreaterThanOrEqualTo(count);
        byte[] bytes = result.Buffer.Slice(0, count).ToArray();
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }

    /// <summary>Reads to the end; returns what came.</summary>
    public static async Task<byte[]> ReadToEndAsync(PipeReader reader)
    {
        var all = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = await Within.Time(reader.ReadAsync());
            foreach (var memory in result.Buffer) all.Write(memory.Span);
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) return all.WrittenSpan.ToArray();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _open) await Within.Time(connection.DisposeAsync());
        await Listener.DisposeAsync();
        Pool.ThrowIfLeaked();
    }
}
