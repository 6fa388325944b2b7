namespace FastRelay.Engine.Tables;

/// <summary>Memory of this process alone, from the best source that the system has.</summary>
internal static class TableMemory
{
    /// <summary>Reserves memory.</summary>
    /// <param name="bytes">Most that will ever be used; only what is written takes memory.</param>
    /// <exception cref="IOException">The system doesn't reserve so much.</exception>
    public static ITableMemory Reserve(long bytes) =>
        OperatingSystem.IsLinux() && nint.Size == 8 ? new PrivateMemory(bytes) : new PortableMemory(bytes);
}
