using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace FastRelay.Interop.Tests.Support;

/// <summary>Node.js as this machine has it. The peer needs it; without it the tests fail rather than prove nothing.</summary>
internal static partial class Node
{
    private const int LeastMajor = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<string> Checked = new(Find);

    /// <summary>The folder of the peer, in the source tree: it is run where it stands.</summary>
    private static string Folder { get; } = FindFolder();

    /// <summary>A process of the peer with all three streams in our hands.</summary>
    public static Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Checked.Value, arguments)
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        return Process.Start(start)!;
    }

    /// <summary>Runs a program of the peer with this input to its end.</summary>
    public static async Task<NodeResult> RunAsync(IEnumerable<string> arguments, ReadOnlyMemory<byte> input = default, TimeSpan? patience = null)
    {
        using var output = new MemoryStream();
        var result = await RunAsync(arguments, (stdin, stdout) => Task.WhenAll(SendAsync(stdin, input), stdout.CopyToAsync(output)), patience);
        return result with { Output = output.ToArray() };
    }

    /// <summary>Runs a program of the peer to its end while <paramref name="talk"/> is its standard input and output.</summary>
    public static async Task<NodeResult> RunAsync(IEnumerable<string> arguments, Func<Stream, Stream, Task> talk, TimeSpan? patience = null)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await Task.WhenAll(talk(process.StandardInput.BaseStream, process.StandardOutput.BaseStream), process.WaitForExitAsync())
                .WaitAsync(patience ?? Patience);
            return new NodeResult(process.ExitCode, [], await errors);
        }
        catch (TimeoutException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"node {string.Join(' ', process.StartInfo.ArgumentList)} didn't end in time; its errors: {await errors}", e);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Writes all and ends the input; a program that is gone by then tells why by its exit code.</summary>
    public static async Task SendAsync(Stream stdin, ReadOnlyMemory<byte> input)
    {
        try
        {
            await stdin.WriteAsync(input);
            await stdin.DisposeAsync();
        }
        catch (IOException)
        {
            // The pipe is broken: see above.
        }
    }

    private static string Find()
    {
        const string Remedy = "The peer in tests/Interop/node needs Node.js 20 or newer as \"node\" on the PATH (Debian: apt-get install nodejs).";
        string text;
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true, UseShellExecute = false })!;
            text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{Remedy} It can't be started: {e.Message}", e);
        }
        var version = Version().Match(text);
        if (!version.Success || int.Parse(version.Groups["major"].ValueSpan) < LeastMajor)
            throw new InvalidOperationException($"{Remedy} This one says \"{text.Trim()}\".");
        return "node";
    }

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastRelay.sln"))) folder = folder.Parent;
        return Path.Combine(folder.ShouldNotBeNull().FullName, "tests", "Interop", "node");
    }

    [GeneratedRegex(@"^v(?<major>\d+)\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}
