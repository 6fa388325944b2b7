using System.CommandLine;
using System.Net;
using System.Text.Json;
using FastRelay.Engine.Streams;
using FastRelay.Load.Processes;
using FastRelay.Protocol.Wire;
using FastRelay.Server;
using FastRelay.Server.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Load.Commands;

/// <summary>
/// The hidden mode in which this executable is the server that is measured: the same library that <c>fastrelay serve</c> runs. Limits that
/// keep one address from asking too much are lifted, since all load comes from one machine.
/// </summary>
internal static class ServeCommand
{
    // The most that the options allow: more distinct devices than a run asks for.
    private const int Most = 1_000;
    private static readonly Option<string> Data = new("--data") { Required = true };
    private static readonly Option<int> Devices = new("--devices") { Required = true };
    private static readonly Option<int> AckEvery = new("--ack-every") { Required = true };
    private static readonly Option<int> Port = new("--port") { Required = true };
    private static readonly Option<int> IntervalMs = new("--interval-ms") { Required = true };
    private static readonly Option<int> IdleConnections = new("--idle-connections");

    public static Command Create()
    {
        var command = new Command("serve") { Data, Port, Devices, AckEvery, IntervalMs, IdleConnections };
        command.Hidden = true;
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        SocketCompletions.RunInline();
        var options = new RelayServerOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, parsed.GetValue(Port)),
            Http = null,
            DataDirectory = parsed.GetValue(Data)!,
        };
        options.Heartbeat.Interval = TimeSpan.FromMilliseconds(parsed.GetValue(IntervalMs));
        options.Heartbeat.AckEvery = parsed.GetValue(AckEvery);
        options.Limits.Devices = parsed.GetValue(Devices);
        options.Limits.DevicesPerPrefix = options.Limits.Devices;
        options.Limits.RequestsPerDevice = options.Limits.RequestBurst = 1_000_000;
        options.Limits.DevicesPerDestination = Most;
        options.Limits.DevicesPerIssuer = Most;
        // The swarm is one address, or few.
        options.Limits.LoadThresholdPerPrefix = Most;

        if (parsed.GetValue(IdleConnections) is > 0 and int idle)
        {
            options.Limits.Connections = Math.Max(options.Limits.Connections, idle + options.Limits.HalfOpen);
            options.Deadlines.FirstMessage = options.Deadlines.IssuerIdle = TimeSpan.FromHours(1);
        }

        long exceptions = 0;
        AppDomain.CurrentDomain.FirstChanceException += (_, _) => Interlocked.Increment(ref exceptions);
        await using var server = await RelayServer.StartAsync(options, NullLoggerFactory.Instance, cancellation: cancellation);
        var output = Console.Out;
        await output.WriteLineAsync(JsonSerializer.Serialize(new WorkerReady(server.EndPoint.Port, server.TrustFingerprint), WorkerJson.Default.WorkerReady));
        while (await Console.In.ReadLineAsync(cancellation) is { } command)
        {
            if (command == "collect") GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            await output.WriteLineAsync(JsonSerializer.Serialize(Snapshot(server, Interlocked.Read(ref exceptions)), WorkerJson.Default.ServerSnapshot));
        }
        return 0;
    }

    private static ServerSnapshot Snapshot(RelayServer server, long exceptions) => new(
        server.Counters.Devices, server.Counters.Heartbeats, server.Counters.Acks, server.Counters.Handshakes,
        Enum.GetValues<RejectReason>().Sum(server.Counters.DatagramRejects), exceptions,
        GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2))
    {
        OpenConnections = server.OpenConnections,
        ManagedBytes = GC.GetTotalMemory(forceFullCollection: false),
    };
}
