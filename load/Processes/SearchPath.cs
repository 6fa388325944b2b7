namespace FastRelay.Load.Processes;

/// <summary>The programs of this system (PATH).</summary>
internal static class SearchPath
{
    /// <summary>Whether there is one of this name.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
