using System.Globalization;

namespace FastRelay.Load.Processes;

/// <summary>What a server that is measured is told.</summary>
internal sealed record ServerSettings
{
    /// <summary>
    /// Long, because a swarm that takes minutes to come in, and is silent while the echo is measured, mustn't count as gone; under the
    /// longest that the protocol carries (SPEC 6.3).
    /// </summary>
    public static readonly TimeSpan LongInterval = TimeSpan.FromMinutes(5);

    /// <summary>Room in its list.</summary>
    public required int Devices { get; init; }

    /// <summary>Every how many heartbeats devices are told to ask for an ACK.</summary>
    public int AckEvery { get; init; } = 1;

    /// <summary>The heartbeat interval that devices are told.</summary>
    public TimeSpan Interval { get; init; } = LongInterval;

    /// <summary>So many TCP connections may stand without a word after their handshake; 0: what the server allows by itself.</summary>
    public int IdleConnections { get; init; }

    /// <summary>
    /// What a server is told for devices that keep to an interval: that, but at least 25 s, for devices that come in by handshakes are silent
    /// until all are in.
    /// </summary>
    /// <param name="paced">Their interval; null when they keep to none.</param>
    public static TimeSpan IntervalFor(TimeSpan? paced) => paced switch
    {
        null => LongInterval,
        { TotalSeconds: < 25 } => TimeSpan.FromSeconds(25),
        { } interval => interval,
    };

    /// <summary>As arguments of the hidden command.</summary>
    /// <param name="data">The data directory.</param>
    /// <param name="port">Where it is to listen; 0: the system's choice.</param>
    public string[] Arguments(string data, int port) =>
    [
        "--data", data, "--port", Text(port), "--devices", Text(Devices), "--ack-every", Text(AckEvery), "--interval-ms", Text((int)Interval.TotalMilliseconds),
        "--idle-connections", Text(IdleConnections),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
