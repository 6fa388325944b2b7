using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FastRelay.Load.Processes;

namespace FastRelay.Load.Commands;

/// <summary>
/// The hidden mode in which this executable is the bare echo: one thread, one blocking socket, one receive and one send a datagram, no
/// allocation. It isn't the least that the kernel can do, which <c>recvmmsg</c> and <c>sendmmsg</c> in batches are.
/// </summary>
internal static class EchoCommand
{
    /// <summary>What reports call it, so that nobody takes it for a batching echo.</summary>
    public const string Kind = "C#, blocking socket, one datagram a call";

    private const int LargestDatagram = 2_048;

    public static Command Create()
    {
        var command = new Command("echo");
        command.Hidden = true;
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        new Thread(() => Echo(socket)) { IsBackground = true }.Start();
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new WorkerReady(port, ""), WorkerJson.Default.WorkerReady));
        while (await Console.In.ReadLineAsync(cancellation) is not null)
        {
            // It has nothing to say; it only waits for the end of its input.
        }
        return 0;
    }

    private static void Echo(Socket socket)
    {
        byte[] buffer = new byte[LargestDatagram];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        try
        {
            while (true)
            {
                int length = socket.ReceiveFrom(buffer, SocketFlags.None, from);
                socket.SendTo(buffer.AsSpan(0, length), SocketFlags.None, from);
            }
        }
        catch (ObjectDisposedException)
        {
            // The process is ending.
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.Interrupted or SocketError.OperationAborted)
        {
            // Likewise: closed while it waited.
        }
    }
}
