using System.CommandLine;
using System.Net;
using System.Text.Json;
using FastRelay.Engine.Datagrams;
using FastRelay.Load.Processes;

namespace FastRelay.Load.Commands;

/// <summary>
/// The hidden mode in which this executable is the bare echo: the engine's datagram loop (recvmmsg and sendmmsg in batches where the system
/// has them) with a handler that does nothing but copy. It is the limit that a handler on this engine can reach, and near, but not quite,
/// the limit of a C program.
/// </summary>
internal static class EchoCommand
{
    /// <summary>What reports call it, so that nobody takes it for a C program.</summary>
    public const string Kind = "the engine's datagram loop, copying only";

    public static Command Create()
    {
        var command = new Command("echo");
        command.Hidden = true;
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var loop = DatagramLoop.Bind(new EchoHandler(), new DatagramLoopOptions { BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        loop.Start();
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new WorkerReady(loop.LocalEndPoint.Port, ""), WorkerJson.Default.WorkerReady));
        while (await Console.In.ReadLineAsync(cancellation) is not null)
        {
            // It has nothing to say; it only waits for the end of its input.
        }
        return 0;
    }
}
