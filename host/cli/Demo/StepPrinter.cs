using System.Diagnostics;
using System.Globalization;
using System.Text;
using FastRelay.Cli.Output;
using FastRelay.Protocol.Tracing;
using Spectre.Console;

namespace FastRelay.Cli.Demo;

/// <summary>Prints each signal once, as its sender reports it: when, from whom to whom, its name in the claims, its bytes.</summary>
internal sealed class StepPrinter(Printer printer, IAnsiConsole console)
{
    /// <summary>Wide enough for the longest term and the longest message name.</summary>
    private static readonly CompositeFormat Layout = CompositeFormat.Parse("{0,9} {1,-16} {2,-46} {3,-15} {4,7}  {5}");

    /// <summary>More claims than this aren't told one by one: docs/claims.md has them all.</summary>
    private const int ClaimsShown = 6;

    private string _route = "";
    private long _start;

    /// <summary>Starts a part: its clock begins at zero.</summary>
    public void Begin(string route, string heading)
    {
        _route = route;
        _start = Stopwatch.GetTimestamp();
        if (printer.Json) return;
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold]{heading}[/]");
        console.MarkupLineInterpolated($"[grey]{string.Format(CultureInfo.InvariantCulture, Layout, "ms", "from → to", "the claims call it", "message", "bytes", "claims")}[/]");
    }

    /// <summary>Prints a sender's report; a receiver's report of the same signal is left out.</summary>
    public void Print(in TracedSignal traced)
    {
        if (!traced.Event.Sent && traced.Event.Signal != Signal.PasswordChecked) return;
        ClaimTerm term = ClaimTerm.Of(traced.Event.Signal, traced.Event.Role);
        double milliseconds = Math.Max(0, Stopwatch.GetElapsedTime(_start, traced.Timestamp).TotalMilliseconds);
        if (printer.Json)
        {
            var record = new DemoStepRecord(
                "step", _route, Math.Round(milliseconds, 1), Name(traced.Party), traced.Recipient is { } to ? Name(to) : null,
                term.Text, term.Claims, term.Message, traced.Event.Bytes);
            printer.Print(record, OutputJson.Default.DemoStepRecord, "");
            return;
        }

        string line = string.Format(
            CultureInfo.InvariantCulture, Layout,
            milliseconds.ToString("0.0", CultureInfo.InvariantCulture),
            traced.Recipient is { } recipient ? $"{Name(traced.Party)} → {Name(recipient)}" : Name(traced.Party),
            term.Text, term.Message, traced.Event.Bytes > 0 ? traced.Event.Bytes : "", Claims(term));
        if (term.Claims.Length > 0) console.WriteLine(line);
        else console.MarkupLineInterpolated($"[grey]{line}[/]");
    }

    /// <summary>Prints how a part ended.</summary>
    public void Print(DemoOutcome outcome)
    {
        if (printer.Json)
        {
            var record = new DemoOutcomeRecord("outcome", outcome.Part, outcome.Passed, outcome.Detail);
            printer.Print(record, OutputJson.Default.DemoOutcomeRecord, "");
            return;
        }
        if (outcome.Passed) console.MarkupLineInterpolated($"[green]passed[/]  {outcome.Detail}");
        else console.MarkupLineInterpolated($"[red]FAILED[/]  {outcome.Detail}");
    }

    private static string Claims(ClaimTerm term) =>
        string.Join(' ', term.Claims.Take(ClaimsShown)) + (term.Claims.Length > ClaimsShown ? " …" : "");

    private static string Name(Party party) => party switch { Party.Issuer => "issuer", Party.Server => "server", _ => "device" };
}
