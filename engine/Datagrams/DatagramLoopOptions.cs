using System.Net;

namespace FastRelay.Engine.Datagrams;

/// <summary>How a <see cref="DatagramLoop{THandler}"/> receives and sends. A value out of range is refused when it is set.</summary>
public sealed class DatagramLoopOptions
{
#if DEBUG
    private const int DefaultBatchSize = 8;
#else
    private const int DefaultBatchSize = 64;
#endif

    /// <summary>Address and port to bind; port 0 lets the system choose. All addresses of both families, unless set.</summary>
    public IPEndPoint BindEndPoint
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new(IPAddress.IPv6Any, 0);

    /// <summary>What carries the datagrams.</summary>
    public DatagramBackend Backend { get; set; }

    /// <summary>
    /// Whether other loops of this user may bind the same port; all of them must say so. The kernel then gives each of
    /// them the datagrams of a part of the peers (SO_REUSEPORT), which Linux does evenly.
    /// </summary>
    public bool ShareLocalPort { get; set; }

    /// <summary>
    /// Which of the loops that share the port takes a datagram, by its content instead of its peer. Null: the kernel chooses by the peer's
    /// address. Needs <see cref="ShareLocalPort"/>, and the same value on each of the loops. Where the system can't
    /// (<see cref="DatagramLoop.WhyNoSteering"/>) the kernel chooses all the same, with a line in the log.
    /// </summary>
    public DatagramSteering? Steering
    {
        get;
        set
        {
            if (value is { } steering)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(steering.Offset, nameof(value));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(steering.Offset, DatagramSteering.MaxOffset, nameof(value));
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steering.Shards, nameof(value));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(steering.Shards, DatagramSteering.MaxShards, nameof(value));
            }
            field = value;
        }
    }

    /// <summary>Whether a socket on the IPv6 unspecified address takes IPv4 too. On.</summary>
    public bool DualStack { get; set; } = true;

    /// <summary>
    /// Most datagrams handed over at once, 1 to 1,024. 64: beyond it the system calls' share no longer falls. 8 in debug
    /// builds, so that tests cross batches.
    /// </summary>
    public int BatchSize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1024);
            field = value;
        }
    } = DefaultBatchSize;

    /// <summary>Most datagrams that may leave with one batch, tick or command, 1 to 65,536. Four batches, unless set.</summary>
    public int OutputCapacity
    {
        get => field == 0 ? 4 * BatchSize : field;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 65_536);
            field = value;
        }
    }

    /// <summary>Bytes of the longest datagram that is received or sent, 64 to 65,507. 1,472: what a 1,500-byte link carries over IPv4.</summary>
    public int MaxDatagramSize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 64);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 65_507);
            field = value;
        }
    } = 1472;

    /// <summary>Time between ticks. 100 ms.</summary>
    public TimeSpan TickInterval
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
            field = value;
        }
    } = TimeSpan.FromMilliseconds(100);

    /// <summary>The clock of ticks and of <see cref="DatagramBatch.NowMs"/>.</summary>
    public TimeProvider TimeProvider
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = TimeProvider.System;

    /// <summary>Bytes the kernel may hold for this socket in each direction (SO_RCVBUF, SO_SNDBUF; on Linux beyond its limits where the process may); it may give less. 4 MiB: some 50 ms of 100,000 small datagrams a second, with the kernel's own overhead.</summary>
    public int KernelBufferBytes
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 4 << 20;

    /// <summary>Commands that may wait; a further one is refused. 65,536.</summary>
    public int MaxWaitingCommands
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 65_536;
}
