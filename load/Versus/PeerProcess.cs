using System.Net;
using System.Net.Sockets;
using FastRelay.Load.Processes;

namespace FastRelay.Load.Versus;

/// <summary>A peer that runs on the measured core, on loopback, with a directory of its own; both are gone when it is disposed.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProbePatience = TimeSpan.FromMilliseconds(200);
    private readonly WorkerProcess _guard;
    private readonly DirectoryInfo _directory;
    private readonly int _id;

    private PeerProcess(WorkerProcess guard, DirectoryInfo directory, IPEndPoint endPoint, int id)
    {
        _guard = guard;
        _directory = directory;
        EndPoint = endPoint;
        _id = id;
    }

    /// <summary>Where it listens, UDP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>User and system time so far, of all its processes.</summary>
    public TimeSpan ProcessorTime => ProcessorTimes.OfTree(_id);

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="peer">Which.</param>
    /// <param name="executable">Where it was found.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="LoadException">It doesn't answer.</exception>
    public static async Task<PeerProcess> StartAsync(Peer peer, string executable, CancellationToken cancellation)
    {
        var endPoint = FreeEndPoint();
        var directory = Directory.CreateTempSubdirectory($"fastrelay-{peer.Name}-");
        WorkerProcess? guard = null;
        try
        {
            guard = WorkerProcess.Start("guard", ["--", executable, .. peer.Prepare(endPoint, directory)]);
            var ready = await guard.ReadAsync(WorkerJson.Default.PeerReady, cancellation);
            await WaitAsync(peer, endPoint, cancellation);
            return new PeerProcess(guard, directory, endPoint, ready.Id);
        }
        catch
        {
            if (guard is not null) await guard.DisposeAsync();
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _guard.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static async Task WaitAsync(Peer peer, IPEndPoint endPoint, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(StartPatience);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        byte[] buffer = new byte[peer.MaxDatagram];
        try
        {
            while (true)
            {
                int length = peer.WriteProbe(buffer, endPoint);
                await socket.SendToAsync(buffer.AsMemory(0, length), endPoint, patience.Token);
                if (await TryReceiveAsync(socket, buffer, patience.Token) is > 0 and int received && peer.IsProbeAnswer(buffer.AsSpan(0, received))) return;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LoadException($"{peer.Name} didn't answer within {StartPatience.TotalSeconds} s of its start.");
        }
    }

    private static async Task<int> TryReceiveAsync(Socket socket, byte[] buffer, CancellationToken cancellation)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        soon.CancelAfter(ProbePatience);
        try
        {
            return (await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), soon.Token)).ReceivedBytes;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return 0;
        }
    }

    /// <summary>A port that was free a moment ago: peers have to be told one.</summary>
    private static IPEndPoint FreeEndPoint()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
