using System.Diagnostics;

namespace FastRelay.Load.Processes;

/// <summary>The bare echo in C (load/native/echo.c, which this program carries), compiled when a run begins, where there is a C compiler.</summary>
internal sealed class EchoProgram : IDisposable
{
    private const string Source = "echo.c";
    private static readonly string[] Compilers = ["cc", "gcc", "clang"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _directory;

    private EchoProgram(DirectoryInfo directory) => _directory = directory;

    /// <summary>The executable.</summary>
    public string Executable => Path.Combine(_directory.FullName, "echo");

    /// <summary>Compiles it.</summary>
    /// <returns>Null where there is no C compiler.</returns>
    /// <exception cref="LoadException">There is one, and it doesn't compile the program.</exception>
    public static async Task<EchoProgram?> CompileAsync(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || Compilers.FirstOrDefault(SearchPath.Has) is not { } compiler) return null;
        var program = new EchoProgram(Directory.CreateTempSubdirectory("fastrelay-echo-"));
        try
        {
            await program.CompileAsync(compiler, cancellation);
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);

    private async Task CompileAsync(string compiler, CancellationToken cancellation)
    {
        string source = Path.Combine(_directory.FullName, Source);
        await using (var file = File.Create(source))
        await using (var carried = typeof(EchoProgram).Assembly.GetManifestResourceStream(Source)!)
        {
            await carried.CopyToAsync(file, cancellation);
        }
        var start = new ProcessStartInfo(compiler) { UseShellExecute = false, RedirectStandardError = true };
        foreach (string argument in (string[])["-O2", "-o", Executable, source]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        string complaints = await process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
        if (process.ExitCode != 0) throw new LoadException($"{compiler} doesn't compile the echo: {complaints}");
    }
}
