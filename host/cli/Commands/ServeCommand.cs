using System.CommandLine;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using FastRelay.Cli.Output;
using FastRelay.Engine.Streams;
using FastRelay.Server;
using FastRelay.Server.Data;
using FastRelay.Server.Options;

namespace FastRelay.Cli.Commands;

/// <summary>
/// <c>fastrelay serve</c>: runs a server. With no argument it works: on the first start it makes its data directory, its certificate
/// authority and its certificate, and prints what to paste elsewhere.
/// </summary>
internal static class ServeCommand
{
    /// <summary>The options that have a key in the configuration (FastRelay.Server's OptionKeys) and a name on the command line.</summary>
    private static readonly (string Key, Option<string?> Option)[] Keys =
    [
        ("listen", new("--listen") { Description = "Where devices and issuers come, TCP and UDP. Default: [::]:7800, which is IPv4 too.", HelpName = "ADDR:PORT" }),
        ("http", new("--http") { Description = "Where /healthz, /readyz and /metrics are served, or off. Default: 127.0.0.1:7801.", HelpName = "ADDR:PORT" }),
        ("data", new("--data") { Description = "The directory of keys and certificates.", HelpName = "DIR" }),
        ("names", new("--names") { Description = "What clients dial besides this machine's own names and addresses, separated by commas.", HelpName = "NAME,…" }),
    ];

    private static readonly Option<string?> Config = new("--config") { Description = "A JSON file of options: docs/operations.md lists them.", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("serve", "Run a server.") { Config };
        foreach (var (_, option) in Keys) command.Options.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        SocketCompletions.RunInline();
        var options = OptionsOf(parsed);
        var printer = new Printer(parsed.GetValue(CommonOptions.Json));
        try
        {
            bool wasTold = await ServerHost.RunAsync(options, server => Announce(server, options, printer), cancellation: cancellation);
            return wasTold ? ExitCode.Success : throw new CommandFailure(ExitCode.Died, "the server stopped by itself, because a part of it died: its log says which (events 1009, 1010); start it anew");
        }
        catch (DataDirectoryException e)
        {
            throw new CommandFailure(ExitCode.Failure, e.Message, e);
        }
        catch (SocketException e)
        {
            throw new CommandFailure(ExitCode.Failure, $"can't listen on {options.Listen}: {WhyNot(e.SocketErrorCode)}", e);
        }
    }

    private static RelayServerOptions OptionsOf(ParseResult parsed)
    {
        var given = Keys
            .Select(key => KeyValuePair.Create(key.Key, parsed.GetValue(key.Option)))
            .Where(pair => pair.Value is not null)
            .ToArray();
        try
        {
            return ConfigurationReader.Read(parsed.GetValue(Config), ConfigurationReader.ProcessEnvironment(), given);
        }
        catch (OptionException e)
        {
            throw CommandFailure.Usage(e.Message);
        }
    }

    private static string WhyNot(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => "another program listens there; stop it, or choose another with --listen",
        SocketError.AddressNotAvailable => "that address isn't one of this machine's; use 0.0.0.0 or [::] for all",
        SocketError.AccessDenied => "ports below 1024 need a privilege; choose a higher one",
        _ => error.ToString(),
    };

    private static void Announce(RelayServer server, RelayServerOptions options, Printer printer)
    {
        string reached = $"{HostToDial(server.EndPoint, options.Names)}:{server.EndPoint.Port}";
        string at = $"--server {reached} --trust {server.TrustFingerprint}";
        string device = $"fastrelay device {at} --expose 127.0.0.1:22";
        string connect = $"fastrelay connect ID {at} --local 127.0.0.1:2222";
        string? http = server.HttpEndPoint is { } endPoint ? $"http://{endPoint}" : null;
        var record = new ServeRecord(
            "listening", server.EndPoint.ToString(), http, Path.GetFullPath(options.DataDirectory), server.TrustFingerprint,
            server.CaCertificatePath, device, connect);
        printer.Print(record, OutputJson.Default.ServeRecord, $"""
            FastRelay {FastRelayCommand.Version} listens on {record.Address} (TCP and UDP)
              data     {record.Data}
              http     {http ?? "off"}
              trust    {record.Trust}

            On the machine to be reached (--expose names the service there):
              {device}

            Where you are (ID is what the device prints):
              {connect}

            """);
    }

    /// <summary>What clients elsewhere dial: the operator's name for it, else the address it listens on, else one of the machine's own.</summary>
    private static string HostToDial(IPEndPoint listening, IReadOnlyList<string> names)
    {
        if (names.Count > 0) return names[0].Contains(':', StringComparison.Ordinal) ? $"[{names[0]}]" : names[0];
        var address = listening.Address.Equals(IPAddress.Any) || listening.Address.Equals(IPAddress.IPv6Any)
            ? OwnAddress() ?? IPAddress.Loopback
            : listening.Address;
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }

    private static IPAddress? OwnAddress()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .Where(card => card.OperationalStatus == OperationalStatus.Up && card.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)
                .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork);
        }
        catch (NetworkInformationException)
        {
            return null; // a sandbox without netlink
        }
    }
}
