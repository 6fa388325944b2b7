using System.Net;
using System.Text.Json;

namespace FastRelay.System.Tests.Processes;

/// <summary>
/// A server, and devices and issuers at it, each a process of its own on loopback. Intervals are short, so that what takes minutes
/// in the field takes seconds here.
/// </summary>
internal sealed class RelayScenario : IAsyncDisposable
{
    public const string Password = "correct horse battery staple";

    private static readonly Dictionary<string, string> Quick = new(StringComparer.Ordinal)
    {
        ["FASTRELAY_HEARTBEAT__INTERVAL"] = "500ms",
        ["FASTRELAY_LIMITS__RETRYAFTER"] = "1",
        ["FASTRELAY_HTTP"] = "127.0.0.1:0",
    };

    private readonly List<RunningProcess> _processes = [];

    private RelayScenario()
    {
        File.WriteAllText(PasswordFile, Password + "\n");
        File.WriteAllText(WrongPasswordFile, "incorrect horse\n");
        if (OperatingSystem.IsWindows()) return;
        foreach (string file in new[] { PasswordFile, WrongPasswordFile }) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public TemporaryDirectory Files { get; } = new();

    public RunningProcess Server { get; private set; } = null!;

    /// <summary>The first device.</summary>
    public RunningProcess Device { get; private set; } = null!;

    public string Address { get; private set; } = "";

    public Uri Http { get; private set; } = null!;

    public string Trust { get; private set; } = "";

    public string DeviceId { get; private set; } = "";

    public string PasswordFile => Files["password"];

    public string WrongPasswordFile => Files["wrong-password"];

    /// <summary>What every command at this server needs.</summary>
    public string[] At => ["--server", Address, "--trust", Trust];

    public IPEndPoint EndPoint => IPEndPoint.Parse(Address);

    /// <summary>A server alone.</summary>
    public static async Task<RelayScenario> ServerOnlyAsync()
    {
        var scenario = new RelayScenario();
        await scenario.StartServerAsync();
        return scenario;
    }

    /// <summary>A server, and a device that exposes a service and is registered.</summary>
    public static async Task<RelayScenario> WithDeviceAsync(IPEndPoint service)
    {
        var scenario = await ServerOnlyAsync();
        await scenario.StartDeviceAsync(service);
        return scenario;
    }

    /// <summary>Starts the server; again on the same port and with the same keys when there was one before.</summary>
    public async Task StartServerAsync()
    {
        Server = Add(FastRelayProgram.Start(
            ["serve", "--json", "--listen", Address.Length > 0 ? Address : "127.0.0.1:0", "--data", Files["server"]], Quick));
        JsonElement listening = await Server.EventAsync("listening");
        Address = listening.GetProperty("address").GetString()!;
        Trust = listening.GetProperty("trust").GetString()!;
        Http = new Uri(listening.GetProperty("http").GetString()!);
    }

    /// <summary>Starts the device; the same one when there was one before.</summary>
    public async Task StartDeviceAsync(IPEndPoint service)
    {
        Device = Add(FastRelayProgram.Start(
            ["device", "--json", .. At, "--expose", service.ToString(), "--password-file", PasswordFile, "--data", Files["device"], "--allow-privileged-ports"]));
        DeviceId = (await Device.EventAsync("started")).GetProperty("id").GetString()!;
        await Device.EventAsync("registered");
    }

    /// <summary>Starts an issuer that listens on loopback.</summary>
    public async Task<(RunningProcess Process, IPEndPoint EndPoint)> ConnectLocalAsync()
    {
        var process = Add(FastRelayProgram.Start(
            ["connect", DeviceId, "--json", .. At, "--password-file", PasswordFile, "--local", "127.0.0.1:0"]));
        return (process, IPEndPoint.Parse((await process.EventAsync("listening")).GetProperty("address").GetString()!));
    }

    /// <summary>Asks the device for an answer until it gives one: how a person sees that it is back.</summary>
    public async Task ReachableAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        CommandResult last;
        do
        {
            last = await FastRelayProgram.RunAsync(["ping", DeviceId, .. At, "--password-file", PasswordFile]);
            if (last.ExitCode == 0) return;
        }
        while (!patience.IsCancellationRequested);
        throw new TimeoutException($"The device wasn't reachable within {within.TotalSeconds} s: {last}\nserver:\n{Server.Said}\ndevice:\n{Device.Said}");
    }

    public RunningProcess Add(RunningProcess process)
    {
        _processes.Add(process);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        Files.Dispose();
    }
}
