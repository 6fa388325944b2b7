namespace FastRelay.Engine.Files;

/// <summary>Which run of the system this is. Ticks of a monotonic clock mean the same only within one.</summary>
internal static class BootId
{
    private const string KernelsFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>A number that the kernel draws when it starts; empty where there is none to be had.</summary>
    public static Guid Read()
    {
        try
        {
            return Guid.TryParse(File.ReadAllText(KernelsFile), out var id) ? id : Guid.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Guid.Empty;
        }
    }
}
