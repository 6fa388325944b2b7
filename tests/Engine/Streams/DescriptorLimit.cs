using System.Globalization;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Tests.Streams;

/// <summary>Takes all further descriptors away from this process until it is disposed (RLIMIT_NOFILE). Linux.</summary>
internal sealed partial class DescriptorLimit : IDisposable
{
    private const int NoFile = 7;

    private readonly Limits _before;

    public DescriptorLimit()
    {
        if (getrlimit(NoFile, out _before) != 0) throw new InvalidOperationException("getrlimit failed");
        // Descriptors are numbered from the lowest free one: with the limit at the first gap none can be opened.
        var open = Directory.GetFiles("/proc/self/fd").Select(static f => int.Parse(Path.GetFileName(f), CultureInfo.InvariantCulture)).ToHashSet();
        ulong gap = 0;
        while (open.Contains((int)gap)) gap++;
        Set(_before with { Soft = gap });
    }

    public void Dispose() => Set(_before);

    private static void Set(Limits limits)
    {
        if (setrlimit(NoFile, in limits) != 0) throw new InvalidOperationException("setrlimit failed");
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out Limits limits);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, in Limits limits);

    private readonly record struct Limits(ulong Soft, ulong Hard);
}
