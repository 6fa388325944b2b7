using System.Net;
using System.Net.Sockets;

namespace FastRelay.Server.Options;

/// <summary>
/// Everything an operator may set, with defaults under which the server works. Each property has a key in
/// <see cref="OptionKeys"/>, under which files, environment and arguments name it and which states what is allowed.
/// </summary>
public sealed class RelayServerOptions
{
    /// <summary>
    /// Where TCP and UDP are bound: one address and one port for both. Port 0 takes a free one. By default every address
    /// of the machine, IPv6 and IPv4; a machine without IPv6 has only the latter.
    /// </summary>
    public IPEndPoint Listen { get; set; } = new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 7800);

    /// <summary>
    /// Threads that take datagrams, each with a socket and a part of the devices: 1 to 64, or 0 for one a processor and at most 16. Where the
    /// kernel can't steer datagrams to them, 0 is one.
    /// </summary>
    public int Shards { get; set; }

    /// <summary>Where health, readiness and metrics are served; null serves none. They are not authenticated, hence loopback by default.</summary>
    public IPEndPoint? Http { get; set; } = new(IPAddress.Loopback, 7801);

    /// <summary>The directory of keys and certificates: created with mode 0700 when it isn't there.</summary>
    public string DataDirectory { get; set; } = DefaultDataDirectory;

    /// <summary>Names and addresses that the certificate covers besides those of this machine.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>Which route a request takes to the device first.</summary>
    public RoutePolicy Route { get; set; } = RoutePolicy.P4First;

    /// <summary>Which suites TCP connections may use.</summary>
    public SuitePolicy Suites { get; set; } = SuitePolicy.P256;

    /// <summary>The heartbeat's rhythm and the life of a session.</summary>
    public HeartbeatOptions Heartbeat { get; } = new();

    /// <summary>How long each step may take.</summary>
    public DeadlineOptions Deadlines { get; } = new();

    /// <summary>How many of each thing there may be.</summary>
    public LimitOptions Limits { get; } = new();

    /// <summary>The life of the certificates that this server issues to itself.</summary>
    public CertificateOptions Certificate { get; } = new();

    /// <summary>The log's form and its threshold.</summary>
    public LogOptions Log { get; } = new();

    /// <summary>systemd's STATE_DIRECTORY when the unit sets it, else the user's local data.</summary>
    public static string DefaultDataDirectory =>
        Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } state
            ? state
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                "fastrelay",
                "server");

    /// <summary>Checks every value and how they fit together.</summary>
    /// <returns>One error a fault; empty when the options are good.</returns>
    public IReadOnlyList<OptionError> Validate() =>
        [.. OptionKeys.All.Select(key => key.Check(this)).OfType<OptionError>(), .. OptionRelations.Check(this)];
}
