using System.CommandLine;
using System.Globalization;
using FastRelay.Cli.Output;
using FastRelay.Cli.Secrets;
using FastRelay.Equipment;

namespace FastRelay.Cli.Commands;

/// <summary><c>fastrelay ping ID</c>: how long a request takes to the device and its answer back; nothing is dialled.</summary>
internal static class PingCommand
{
    private const int MostPings = 1_000;

    private static readonly Option<int> Count = new("--count") { Description = "How many, one after the other.", HelpName = "N", DefaultValueFactory = _ => 1 };

    public static Command Create()
    {
        var command = new Command("ping", "Time the round trip of a request and the device's answer.")
        {
            CommonOptions.Id, CommonOptions.Server, CommonOptions.Trust, CommonOptions.ServerName, CommonOptions.FromPort,
            CommonOptions.PasswordFile, Count,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var id = CommonOptions.IdOf(parsed);
        int count = parsed.GetValue(Count);
        if (count is < 1 or > MostPings) throw CommandFailure.Usage($"--count: 1 to {MostPings}, not {count}");
        await using var issuer = Issuer.Create(CommonOptions.IssuerOf(parsed));
        string password = PasswordSource.ForConnecting(parsed.GetValue(CommonOptions.PasswordFile));
        var printer = new Printer(parsed.GetValue(CommonOptions.Json));
        for (int number = 1; number <= count; number++)
        {
            var answer = await issuer.PingAsync(id, password, cancellation);
            double milliseconds = Math.Round(answer.RoundTrip.TotalMilliseconds, 3);
            printer.Print(
                new PingRecord(id.ToString(), number, milliseconds), OutputJson.Default.PingRecord,
                string.Create(CultureInfo.InvariantCulture, $"{id} answered in {milliseconds:0.0} ms"));
        }
        return ExitCode.Success;
    }
}
