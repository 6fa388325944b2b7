using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace FastRelay.System.Tests.Processes;

/// <summary>
/// A process of a test: its output is read line by line, every wait is bounded, and it is gone when the test is. What it said is part of
/// every failure.
/// </summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _said = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly Task _reading;

    private RunningProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output, "out"), ReadAsync(process.StandardError, _errors, "err"))
            .ContinueWith(_ => _lines.Writer.Complete(), TaskScheduler.Default);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The lines of standard output so far.</summary>
    public IReadOnlyList<string> Output
    {
        get { lock (_said) return [.. _output]; }
    }

    /// <summary>The lines of standard error so far.</summary>
    public IReadOnlyList<string> Errors
    {
        get { lock (_said) return [.. _errors]; }
    }

    /// <summary>Everything it said so far, for the text of a failure.</summary>
    public string Said
    {
        get { lock (_said) return _said.ToString(); }
    }

    /// <summary>Starts a program. Nothing of FASTRELAY_ is inherited: the machine's settings aren't the test's.</summary>
    public static RunningProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("FASTRELAY_", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new RunningProcess(process);
    }

    /// <summary>The next line of its output that fits, on either stream.</summary>
    public async Task<string> LineAsync(Func<string, bool> fits, TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(patience.Token))
                if (fits(line)) return line;
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"No such line within {within.TotalSeconds} s. It said:\n{Said}", e);
        }
        throw new InvalidOperationException($"It ended without such a line. It said:\n{Said}");
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            await _reading.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"It runs on after {within.TotalSeconds} s. It said:\n{Said}", e);
        }
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no chance to say goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>SIGTERM or SIGINT, as an operator or the terminal sends it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> SignalAsync(string signal)
    {
        using (var kill = Process.Start("kill", ["-" + signal, Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        return await EndAsync(TimeSpan.FromSeconds(15));
    }

    /// <summary>Resident bytes (VmRSS of proc(5)).</summary>
    public long ResidentBytes()
    {
        string line = File.ReadLines($"/proc/{Id}/status").Single(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader, List<string> lines, string name)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_said)
            {
                lines.Add(line);
                _said.Append(name).Append("> ").AppendLine(line);
            }
            _lines.Writer.TryWrite(line);
        }
    }
}
