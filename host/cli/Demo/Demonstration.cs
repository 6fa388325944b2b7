using System.Diagnostics;
using System.Globalization;
using System.Net;
using FastRelay.Cli.Output;
using FastRelay.Equipment;
using FastRelay.Server;
using FastRelay.Server.Options;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace FastRelay.Cli.Demo;

/// <summary>
/// Server, device and issuer in one process, on loopback, with the real protocol and real sockets. A web page is fetched through the
/// whole path by each of the two routes to the device; then a wrong password is refused.
/// </summary>
internal sealed class Demonstration(Printer printer, IAnsiConsole console)
{
    private const string Password = "demo password";

    /// <summary>The fewest that are allowed (SPEC 8.1): the password is no secret here, and the default would take most of the time.</summary>
    private const int PasswordIterations = 100_000;
    private const string P4 = "P4";
    private const string Fast = "P1-fast";

    /// <summary>A demonstration that hangs is a failed one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StepPrinter _steps = new(printer, console);

    /// <summary>Runs all parts.</summary>
    /// <returns>Whether the pages came back byte for byte and the wrong password was refused.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        var clock = Stopwatch.StartNew();
        bool passed = true;
        try
        {
            passed &= await RunAsync(P4, RoutePolicy.P4Only, "Over the second TCP connection (route P4)", patience.Token);
            passed &= await RunAsync(Fast, RoutePolicy.FastOnly, "By one sealed datagram, without the second TCP connection (route P1-fast)", patience.Token);
        }
        catch (EquipmentException e)
        {
            passed = false;
            _steps.Print(new DemoOutcome("all", false, e.Message));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            passed = false;
            _steps.Print(new DemoOutcome("all", false, $"not done within {Patience.TotalSeconds} s"));
        }
        string seconds = clock.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        _steps.Print(new DemoOutcome("all", passed, passed ? $"everything, in {seconds} s" : $"after {seconds} s"));
        return passed;
    }

    private async Task<bool> RunAsync(string route, RoutePolicy policy, string heading, CancellationToken cancellation)
    {
        string files = Directory.CreateTempSubdirectory("fastrelay-demo-").FullName;
        var trace = new SignalTrace();
        _steps.Begin(route, heading);
        Task printing = PrintAsync(trace);
        try
        {
            List<DemoOutcome> outcomes = [];
            await using (var page = await DemoPage.StartAsync(cancellation))
            await using (var server = await StartServerAsync(files, policy, trace, cancellation))
            await using (var device = await StartDeviceAsync(files, server, page, trace, cancellation))
            {
                await device.RegisteredAsync(cancellation);
                await using var issuer = Issuer.Create(new IssuerOptions
                {
                    Server = At(server.EndPoint),
                    Trust = ServerTrust.Parse(server.TrustFingerprint),
                    Observer = trace.For(Party.Issuer),
                });
                outcomes.Add(await FetchAsync(route, issuer, device, page, cancellation));
                if (route == P4) outcomes.Add(await RefuseAsync(issuer, device, trace, cancellation));
            }
            trace.Complete();
            await printing;
            outcomes.ForEach(_steps.Print);
            return outcomes.TrueForAll(outcome => outcome.Passed);
        }
        finally
        {
            trace.Complete();
            await printing;
            Directory.Delete(files, recursive: true);
        }
    }

    private static async Task<RelayServer> StartServerAsync(string files, RoutePolicy policy, SignalTrace trace, CancellationToken cancellation) =>
        await RelayServer.StartAsync(
            new RelayServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Http = null,
                DataDirectory = Path.Combine(files, "server"),
                Route = policy,
            },
            NullLoggerFactory.Instance, observer: trace.For(Party.Server), cancellation: cancellation);

    private static async Task<Device> StartDeviceAsync(string files, RelayServer server, DemoPage page, SignalTrace trace, CancellationToken cancellation) =>
        await Device.StartAsync(
            new DeviceOptions
            {
                Server = At(server.EndPoint),
                Trust = ServerTrust.Parse(server.TrustFingerprint),
                DataDirectory = Path.Combine(files, "device"),
                Password = Password,
                PasswordIterations = PasswordIterations,
                OnConnection = new ServiceForwarder(At(page.EndPoint)).ServeAsync,
                ReuseServerChain = false, // so that the certificate is seen to come before the key information on each connection
                Observer = trace.For(Party.Device),
            },
            cancellationToken: cancellation);

    private static async Task<DemoOutcome> FetchAsync(string route, Issuer issuer, Device device, DemoPage page, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) => await issuer.ConnectAsync(device.Id, Password, token),
        };
        using var http = new HttpClient(handler);
        byte[] fetched = await http.GetByteArrayAsync(new Uri("http://device.example/"), cancellation);
        bool same = fetched.AsSpan().SequenceEqual(page.Content);
        return new DemoOutcome(
            "page " + route, same,
            same ? $"the page behind {device.Id} came back, {fetched.Length} bytes, each the same" : $"{fetched.Length} bytes came back, and not those of the page");
    }

    private static async Task<DemoOutcome> RefuseAsync(Issuer issuer, Device device, SignalTrace trace, CancellationToken cancellation)
    {
        const string Part = "wrong password";
        int dials = trace.Dials;
        try
        {
            await using var stream = await issuer.ConnectAsync(device.Id, "not the " + Password, cancellation);
            return new DemoOutcome(Part, false, "a wrong password was accepted");
        }
        catch (EquipmentException e) when (e.Error == EquipmentError.PasswordRefused)
        {
            return trace.Dials == dials
                ? new DemoOutcome(Part, true, "a wrong password was refused, and nobody was dialled")
                : new DemoOutcome(Part, false, "a wrong password was refused, but the device dialled");
        }
    }

    private static ServerAddress At(IPEndPoint endPoint) => new(endPoint.Address.ToString(), endPoint.Port);

    private async Task PrintAsync(SignalTrace trace)
    {
        await foreach (var signal in trace.ReadAllAsync()) _steps.Print(signal);
    }
}
