using System.Collections.Concurrent;
using System.Net;
using FastRelay.Equipment;
using FastRelay.Equipment.Links;
using FastRelay.Load.Processes;
using FastRelay.Load.Reports;
using FastRelay.Load.Swarm;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.IdleTcp;

/// <summary>
/// One run of <c>idle-tcp</c>: issuers that have shaken hands and then say nothing, and what the server's process grew by for each; beside
/// them connections that never say a word.
/// </summary>
/// <param name="connections">How many issuers.</param>
internal sealed class IdleTcpRun(int connections)
{
    /// <summary>Connections before the memory is measured, so that what the server makes once isn't counted to them.</summary>
    private const int First = 200;

    /// <summary>Below the server's limit of one prefix, 1,000, and far below the ports of one address.</summary>
    private const int PerSource = 500;

    /// <summary>Below the limit of half-open connections of a prefix, 64.</summary>
    private const int Silent = 32;

    private const int AtOnce = 16;
    private const int Attempts = 5;
    private static readonly TimeSpan SilentPatience = TimeSpan.FromSeconds(15);

    /// <summary>Runs it.</summary>
    public async Task<IdleTcpReport> RunAsync(ProgressDisplay display, CancellationToken cancellation)
    {
        if (ProcessorCores.CanPin) await ProcessorCores.LeaveMeasuredAsync(cancellation);
        await OpenFiles.AllowAsync(connections + First + Silent, cancellation);
        await using var server = await ServerProcess.StartAsync(new ServerSettings { Devices = 1, IdleConnections = connections + First }, cancellation);
        var links = new ConcurrentBag<ServerLink>();
        try
        {
            // A first handshake tells what the others cache: the measured ones are all of one kind.
            var settings = SwarmRegistrar.Settings(server);
            await OpenAsync(settings, links, 0, First, display.Phase($"open {First} connections first"), cancellation);
            long empty = await server.CollectAsync(cancellation);
            var before = await server.UsageAsync(cancellation);
            var kernelBefore = KernelMemory.Read();
            await OpenAsync(settings, links, First, connections, display.Phase($"open {connections} connections"), cancellation);
            long full = await server.CollectAsync(cancellation);
            var after = await server.UsageAsync(cancellation);
            var kernelAfter = KernelMemory.Read();

            var progress = display.Phase($"{Silent} connections that never say a word");
            var cut = await SilentConnections.CutAsync(server.EndPoint, Source(First + connections + PerSource), Silent, SilentPatience, cancellation);
            progress(1);
            var end = await server.UsageAsync(cancellation);
            return new IdleTcpReport
            {
                Connections = connections,
                Pinned = ProcessorCores.CanPin,
                StillOpen = end.Snapshot.OpenConnections - First,
                ResidentBytes = (double)(full - empty) / connections,
                ManagedBytes = (double)(after.Snapshot.ManagedBytes - before.Snapshot.ManagedBytes) / connections,
                // Both ends are on this machine.
                KernelSlabBytes = (kernelAfter.SlabBytes - kernelBefore.SlabBytes) / 2.0 / connections,
                KernelBufferBytes = (kernelAfter.TcpBufferBytes - kernelBefore.TcpBufferBytes) / 2.0 / connections,
                Silent = Silent,
                SilentCut = cut,
            };
        }
        finally
        {
            await Parallel.ForEachAsync(links, async (link, _) => await link.DisposeAsync());
        }
    }

    private static async Task OpenAsync(
        LinkSettings settings, ConcurrentBag<ServerLink> links, int first, int count, Action<double> progress, CancellationToken cancellation)
    {
        int done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(first, first + count, options, async (i, token) =>
        {
            links.Add(await OpenStubbornlyAsync(settings, i, token));
            progress((double)Interlocked.Increment(ref done) / count);
        });
    }

    private static async Task<ServerLink> OpenStubbornlyAsync(LinkSettings settings, int index, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ServerLink.ConnectAsync(settings, ConnectionRole.Issuer, null, 0, SwarmRegistrar.From(Source(index)), cancellation);
            }
            catch (EquipmentException e) when (attempt < Attempts && e.Error is EquipmentError.Network)
            {
                // A machine that is busy with other things makes a client miss the server's deadlines now and then.
            }
        }
    }

    private static IPAddress Source(int index)
    {
        int source = index / PerSource;
        return new IPAddress([127, 3, (byte)(source / 250), (byte)((source % 250) + 1)]);
    }
}
