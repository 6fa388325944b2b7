using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace FastRelay.Interop.Tests.Support;

/// <summary>A program of the peer that stays and tells what happens, one JSON object a line. Disposing ends it.</summary>
internal sealed class NodeProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();
    private readonly List<JsonElement> _all = [];

    private NodeProgram(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    /// <summary>All events so far, in order.</summary>
    public IReadOnlyList<JsonElement> All
    {
        get { lock (_all) return [.. _all]; }
    }

    public static NodeProgram Start(params IEnumerable<string> arguments) => new(Node.Start(arguments));

    public int Count(string name) => All.Count(e => Name(e) == name);

    /// <summary>The next event of this name (and form) after the one that was taken last.</summary>
    public async Task<JsonElement> NextAsync(string name, Func<JsonElement, bool>? where = null)
    {
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                var next = await _events.Reader.ReadAsync(timeout.Token);
                if (Name(next) == name && (where is null || where(next))) return next;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            throw new ShouldAssertException(await ExplainAsync(name), e);
        }
    }

    /// <summary>Asks it to stop, as an operator would, and awaits its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Sends it a signal, named without SIG.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private static string Name(JsonElement e) => e.GetProperty("event").GetString()!;

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement.Clone();
            lock (_all) _all.Add(root);
            _events.Writer.TryWrite(root);
        }
        _events.Writer.Complete();
    }

    private async Task<string> ExplainAsync(string name)
    {
        string errors = _process.HasExited ? $"; it ended with {_process.ExitCode}: {await _errors}" : "";
        return $"No event \"{name}\" came after: {string.Join(' ', All)}{errors}";
    }
}
