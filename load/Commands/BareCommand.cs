using System.CommandLine;
using System.Text.Json;
using FastRelay.Load.Measurement;
using FastRelay.Load.Processes;

namespace FastRelay.Load.Commands;

/// <summary>The hidden mode in which this executable times the bare operations of a handshake, once for each line of its input.</summary>
internal static class BareCommand
{
    public static Command Create()
    {
        var command = new Command("bare");
        command.Hidden = true;
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        while (await Console.In.ReadLineAsync(cancellation) is not null)
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(BareOperations.Measure(), WorkerJson.Default.BareFigures));
        return 0;
    }
}
