using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using FastRelay.Load.Processes;

namespace FastRelay.Load.Commands;

/// <summary>
/// The hidden mode in which this executable starts another program and ends it, with everything that it started, when its own input ends:
/// so a peer doesn't outlive the run, however that ends. What the program says is thrown away.
/// </summary>
internal static class GuardCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly Argument<string[]> Line = new("line") { Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command("guard") { Line };
        command.Hidden = true;
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string[] line = parsed.GetValue(Line)!;
        var start = new ProcessStartInfo(line[0]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in line[1..]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new LoadException($"{line[0]} couldn't be started.");
        try
        {
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new PeerReady(process.Id), WorkerJson.Default.PeerReady));
            while (await Console.In.ReadLineAsync(cancellation) is not null)
            {
                // Nothing is asked of it.
            }
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
        }
        return 0;
    }
}
