using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace FastRelay.Server.Devices;

/// <summary>
/// The shards and their loops: each has a thread, a socket, slots, an index, a wheel and an authenticator of its own. A device lives on its
/// home shard alone (<see cref="ShardMap"/>); the low byte of its cid's slot word says which that is, so that the kernel can hand each
/// datagram to the socket of the shard that owns the session.
/// </summary>
internal sealed class DeviceShards : IAsyncDisposable
{
    private const int MostByDefault = 16;
    private readonly DeviceShard[] _shards;
    private readonly ShardMap _map;
    private DatagramLoop<DeviceDatagrams>[] _loops = [];

    /// <param name="map">Where devices are at home.</param>
    /// <param name="shards">One for each number of the map; owned by this from now on.</param>
    public DeviceShards(ShardMap map, DeviceShard[] shards)
    {
        _map = map;
        _shards = shards;
    }

    /// <summary>Shards there are.</summary>
    public int Count => _shards.Length;

    /// <summary>All loops, by the number of their shard; none before <see cref="Bind"/>.</summary>
    public IReadOnlyList<DatagramLoop<DeviceDatagrams>> Loops => _loops;

    /// <summary>Completes when the first loop has ended; faults when it died.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Datagrams that the kernel dropped for want of room in a socket's buffer; 0 where it doesn't tell.</summary>
    public long KernelDropped => _loops.Sum(loop => loop.Counters.KernelDropped ?? 0);

    /// <summary>Whether one of the loops has died.</summary>
    public bool HasDied => Array.Exists(_loops, loop => loop.Completion.IsFaulted);

    /// <summary>
    /// How many shards an option of 0 stands for: one a processor, at most 16, beyond which a machine does better with several servers; and one
    /// where the kernel can't steer.
    /// </summary>
    public static int NumberOf(int option) =>
        option > 0 ? option : DatagramLoop.WhyNoSteering is null ? Math.Min(Environment.ProcessorCount, MostByDefault) : 1;

    /// <summary>The loop of a device's home shard.</summary>
    public DatagramLoop<DeviceDatagrams> HomeOf(DeviceId device) => _loops[_map.HomeOf(device)];

    /// <summary>Binds a socket for each shard, all on one port.</summary>
    /// <exception cref="SocketException">The address can't be bound; nothing is.</exception>
    public void Bind(IPEndPoint endPoint, TimeProvider time, ILogger logger)
    {
        var loops = new List<DatagramLoop<DeviceDatagrams>>();
        try
        {
            foreach (var shard in _shards)
            {
                loops.Add(DatagramLoop.Bind(new DeviceDatagrams(shard), new DatagramLoopOptions
                {
                    BindEndPoint = endPoint,
                    TickInterval = TimeSpan.FromMilliseconds(50),
                    TimeProvider = time,
                    ShareLocalPort = Count > 1,
                    Steering = Count > 1 ? new DatagramSteering(Resume.SteerAt, Count) : null,
                }, logger));
            }
        }
        catch
        {
            foreach (var loop in loops) _ = loop.DisposeAsync().AsTask();
            throw;
        }
        _loops = [.. loops];
        Completion = Task.WhenAny(_loops.Select(loop => loop.Completion)).Unwrap();
        foreach (var shard in _shards) shard.Connect(_loops);
    }

    /// <summary>Sets them going.</summary>
    public void Start()
    {
        foreach (var loop in _loops) loop.Start();
    }

    /// <summary>Ends the loops.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_loops.Select(loop => loop.DisposeAsync().AsTask()));

    /// <summary>Lets go of what the shards hold; their loops have ended, or were never started.</summary>
    public void Release()
    {
        foreach (var shard in _shards) shard.Dispose();
    }
}
