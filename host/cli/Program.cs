using System.CommandLine;
using System.CommandLine.Invocation;
using System.Net.Sockets;
using FastRelay.Cli.Commands;
using FastRelay.Equipment;

namespace FastRelay.Cli;

/// <summary>
/// <c>fastrelay</c>: parses, runs one command, and turns every failure into one line on standard error and an exit code.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        ParseResult parsed = FastRelayCommand.Create().Parse(args);
        if (parsed.Action is ParseErrorAction) return Tell(CommandFailure.Usage(UsageMessage(parsed)));

        using var stop = new StopSignal();
        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return Tell(new CommandFailure(ExitCode.Failure, "stopped before it was done"));
        }
        catch (CommandFailure failure)
        {
            return Tell(failure);
        }
        catch (EquipmentException failure)
        {
            return Tell(CommandFailure.From(failure));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            return Tell(new CommandFailure(ExitCode.Failure, e.Message, e));
        }
#pragma warning disable CA1031 // the last that is done
        catch (Exception e)
        {
            return TellUnexpected(e, parsed.GetValue(CommonOptions.Verbose), Console.Error);
        }
#pragma warning restore CA1031
    }

    /// <summary>A defect of this program: one line for the person, and the trace for whoever mends it when it was asked for.</summary>
    internal static int TellUnexpected(Exception failure, bool verbose, TextWriter errors)
    {
        string more = verbose ? "this is a defect, please report it with what follows" : "this is a defect; --verbose tells more";
        errors.WriteLine($"fastrelay: {failure.GetType().Name}: {OneLine(failure.Message)} ({more})");
        if (verbose) errors.WriteLine(failure.ToString());
        return ExitCode.Failure;
    }

    private static int Tell(CommandFailure failure)
    {
        Console.Error.WriteLine("fastrelay: " + OneLine(failure.Message));
        return failure.Code;
    }

    private static string UsageMessage(ParseResult parsed)
    {
        var path = new List<string>();
        for (var at = parsed.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult) path.Insert(0, at.Command.Name);
        string mistake = parsed.UnmatchedTokens is [var unknown, ..] ? $"'{unknown}' is no command or option here" : parsed.Errors[0].Message.TrimEnd('.');
        return $"{mistake}; see '{string.Join(' ', path)} --help'";
    }

    /// <summary>A message may quote what was typed; it stays one line of printable text whatever that was.</summary>
    private static string OneLine(string message) =>
        string.Join("; ", message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => string.Concat(line.Select(c => char.IsControl(c) ? '?' : c))));
}
