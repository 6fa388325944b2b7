using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using FastRelay.Cli.Output;

namespace FastRelay.Cli.Commands;

/// <summary><c>fastrelay</c> itself: what it can do, and its version.</summary>
internal static class FastRelayCommand
{
    /// <summary>Ours, without the commit that the build appends.</summary>
    public static string Version { get; } =
        typeof(FastRelayCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static RootCommand Create()
    {
        var root = new RootCommand(
            "Reach a device behind a NAT by its ID and password.\n\n" +
            "Exit codes: 0 done, 2 usage, 3 unavailable, 4 trust refused, 5 password refused,\n" +
            "6 the server stopped by itself, 1 anything else.\n" +
            "FASTRELAY_SERVER, FASTRELAY_TRUST and FASTRELAY_PASSWORD stand in for --server, --trust and --password-file.")
        {
            DemoCommand.Create(),
            ServeCommand.Create(),
            DeviceCommand.Create(),
            ConnectCommand.Create(),
            PingCommand.Create(),
            IdCommand.Create(),
        };
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.Options.Add(new Option<bool>("--version") { Description = "Print the version.", Action = new PrintVersion() });
        root.Options.Add(CommonOptions.Json);
        root.Options.Add(CommonOptions.Verbose);
        return root;
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var printer = new Printer(parseResult.GetValue(CommonOptions.Json));
            printer.Print(new VersionRecord(Version), OutputJson.Default.VersionRecord, $"fastrelay {Version}");
            return ExitCode.Success;
        }
    }
}
