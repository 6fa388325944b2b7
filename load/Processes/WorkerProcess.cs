using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FastRelay.Load.Processes;

/// <summary>
/// A process of this very executable in a hidden mode, and the words exchanged with it: a command a line in, a JSON object a line out.
/// It ends when its input does, so it doesn't outlive this process, however this one ends.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _mode;

    private WorkerProcess(Process process, string mode)
    {
        _process = process;
        _mode = mode;
    }

    /// <summary>User and system time so far, from the kernel's accounting (/proc/PID/stat, in steps of 10 ms).</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident bytes now, from the kernel's accounting.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it, on the measured core where that is possible.</summary>
    /// <param name="mode">The hidden command.</param>
    /// <param name="arguments">Its arguments.</param>
    public static WorkerProcess Start(string mode, params string[] arguments)
    {
        var (executable, before) = ThisProgram();
        return StartProgram(mode, executable, [.. before, mode, .. arguments]);
    }

    /// <summary>Starts another program that says and hears the same words, on the measured core where that is possible.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="executable">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    public static WorkerProcess StartProgram(string name, string executable, params string[] arguments)
    {
        var start = new ProcessStartInfo(executable) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        if (ProcessorCores.CanPin) ProcessorCores.PinMeasured(start);
        return new WorkerProcess(Process.Start(start) ?? throw new LoadException($"The {name} process couldn't be started."), name);
    }

    /// <summary>Sends a command and reads its answer.</summary>
    public async Task<T> AskAsync<T>(string command, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(command.AsMemory(), cancellation);
        await _process.StandardInput.FlushAsync(cancellation);
        return await ReadAsync(type, cancellation);
    }

    /// <summary>Reads what it says by itself.</summary>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        string? line = await _process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
        return line is null
            ? throw new LoadException($"The {_mode} process ended by itself.")
            : JsonSerializer.Deserialize(line, type) ?? throw new LoadException($"The {_mode} process said nothing.");
    }

    /// <summary>Ends it at once (SIGKILL): it can write and send nothing more.</summary>
    public async Task KillAsync(CancellationToken cancellation)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellation);
    }

    /// <summary>Ends it: by the end of its input, and when it doesn't heed that, by force.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(15));
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    /// <summary>The load tool itself, also where another program, such as that of the tests, has loaded its assembly.</summary>
    private static (string Executable, string[] Before) ThisProgram()
    {
        string assembly = typeof(WorkerProcess).Assembly.Location;
        string program = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? "exe" : null);
        if (assembly.Length == 0) return (Environment.ProcessPath!, []);
        return File.Exists(program) ? (program, []) : ("dotnet", [assembly]);
    }
}
