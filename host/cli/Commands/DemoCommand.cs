using System.CommandLine;
using FastRelay.Cli.Demo;
using FastRelay.Cli.Output;

namespace FastRelay.Cli.Commands;

/// <summary><c>fastrelay demo</c>: the whole system on this machine, each step told as it happens.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command("demo", "Show the whole system at work on this machine: server, device and issuer on loopback.");
        command.SetAction(async (parsed, cancellation) =>
        {
            var printer = new Printer(parsed.GetValue(CommonOptions.Json));
            return await new Demonstration(printer, PlainConsole.Create()).RunAsync(cancellation) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }
}
