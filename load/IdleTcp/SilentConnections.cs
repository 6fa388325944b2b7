using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FastRelay.Load.Measurement;

namespace FastRelay.Load.IdleTcp;

/// <summary>Connections that never say a word: the server has to cut them when the time for a HELLO is over (SPEC 10.1).</summary>
internal static class SilentConnections
{
    /// <summary>Opens some and waits until the server has cut them.</summary>
    /// <param name="server">The server.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="count">How many, below the server's limit of half-open connections of a prefix.</param>
    /// <param name="patience">How long to wait for it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How long each of those that were cut stood.</returns>
    public static async Task<LatencyHistogram> CutAsync(IPEndPoint server, IPAddress source, int count, TimeSpan patience, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        enough.CancelAfter(patience);
        var stood = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StandAsync(server, source, enough.Token)));
        cancellation.ThrowIfCancellationRequested();
        var times = new LatencyHistogram();
        foreach (var time in stood)
        {
            if (time is { } cut) times.Record(cut);
        }
        return times;
    }

    private static async Task<TimeSpan?> StandAsync(IPEndPoint server, IPAddress source, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(source, 0));
        try
        {
            await socket.ConnectAsync(server, cancellation);
            long started = Stopwatch.GetTimestamp();
            byte[] one = new byte[1];
            try
            {
                // The server owes it nothing: whatever would come is not the cut that is waited for.
                if (await socket.ReceiveAsync(one, cancellation) != 0) return null;
            }
            catch (SocketException)
            {
                // A reset is a cut too.
            }
            return Stopwatch.GetElapsedTime(started);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
