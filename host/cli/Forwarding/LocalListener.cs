using System.Net;
using System.Net.Sockets;
using FastRelay.Equipment;

namespace FastRelay.Cli.Forwarding;

/// <summary>Listens on this machine and carries each accepted connection over a connection of its own to the device.</summary>
internal sealed class LocalListener : IDisposable
{
    /// <summary>As many as a device serves at once by default; more wait in the kernel's queue.</summary>
    private const int MostConnections = 512;

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly Func<CancellationToken, Task<RelayStream>> _connect;
    private readonly SemaphoreSlim _free = new(MostConnections);
    private readonly HashSet<Task> _carried = [];

    private LocalListener(Socket socket, Func<CancellationToken, Task<RelayStream>> connect)
    {
        _socket = socket;
        _connect = connect;
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Binds.</summary>
    /// <param name="endPoint">Port 0 takes a free one.</param>
    /// <param name="connect">Makes a connection to the device.</param>
    /// <exception cref="CommandFailure">The address is taken or isn't this machine's.</exception>
    public static LocalListener Bind(IPEndPoint endPoint, Func<CancellationToken, Task<RelayStream>> connect)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(MostConnections);
            return new LocalListener(socket, connect);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            string why = e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "another program listens there; choose another port",
                SocketError.AddressNotAvailable => "that address isn't one of this machine's",
                SocketError.AccessDenied => "ports below 1024 need a privilege; choose a higher one",
                _ => e.SocketErrorCode.ToString(),
            };
            throw new CommandFailure(ExitCode.Failure, $"--local {endPoint}: {why}", e);
        }
    }

    /// <summary>Accepts until it is cancelled; then the open connections are broken.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await _free.WaitAsync(cancellation);
                if (await AcceptAsync(cancellation) is { } accepted) Remember(CarryAsync(accepted, cancellation));
                else _free.Release();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Task[] open;
            lock (_carried) open = [.. _carried];
            await Task.WhenAll(open);
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _free.Dispose();
    }

    /// <summary>Null when a connection couldn't be taken: given up before, or no descriptor is free. What is carried goes on.</summary>
    private async Task<Socket?> AcceptAsync(CancellationToken cancellation)
    {
        try
        {
            return await _socket.AcceptAsync(cancellation);
        }
        catch (SocketException)
        {
            await Task.Delay(AcceptPause, cancellation);
            return null;
        }
    }

    private void Remember(Task carried)
    {
        lock (_carried) _carried.Add(carried);
        _ = carried.ContinueWith(
            done =>
            {
                lock (_carried) _carried.Remove(done);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Ends with FIN when both sides have ended their data, and with RST in any other case: a file that was cut mustn't look whole.</summary>
    private async Task CarryAsync(Socket accepted, CancellationToken cancellation)
    {
        bool whole = false;
        try
        {
            accepted.NoDelay = true;
            await using var stream = await _connect(cancellation);
            whole = await SocketForwarding.RunAsync(stream, accepted, cancellation) is null;
        }
        catch (EquipmentException e)
        {
            await Console.Error.WriteLineAsync("fastrelay: " + e.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop.
        }
#pragma warning disable CA1031 // one connection's fault must not end the others
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"fastrelay: a connection broke: {e.GetType().Name}: {e.Message}");
        }
#pragma warning restore CA1031
        finally
        {
            if (!whole) accepted.LingerState = new LingerOption(true, 0);
            accepted.Dispose();
            _free.Release();
        }
    }
}
