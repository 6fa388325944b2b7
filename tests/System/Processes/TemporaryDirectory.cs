namespace FastRelay.System.Tests.Processes;

/// <summary>A directory of one scenario, gone with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fastrelay-").FullName;

    public string this[string name] => global::System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        // A process that was killed a moment ago may still be letting go of a file.
        for (int attempt = 0; Directory.Exists(Path) && attempt < 3; attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException) when (attempt < 2)
            {
            }
        }
    }
}
