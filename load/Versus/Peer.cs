using System.Globalization;
using System.Net;

namespace FastRelay.Load.Versus;

/// <summary>A program that this one is compared with: how it is found, started on loopback with one worker, and asked.</summary>
internal abstract class Peer
{
    /// <summary>The peers by name.</summary>
    public static IReadOnlyDictionary<string, Peer> All { get; } = new Dictionary<string, Peer>(StringComparer.Ordinal)
    {
        ["coturn"] = new CoturnPeer(),
        ["kamailio"] = new KamailioPeer(),
    };

    /// <summary>Its name, which is also that of its Debian package.</summary>
    public abstract string Name { get; }

    /// <summary>What it is asked, for a person.</summary>
    public abstract string Request { get; }

    /// <summary>Its executable's name.</summary>
    public abstract string Program { get; }

    /// <summary>Bytes of the longest datagram of its protocol here.</summary>
    public abstract int MaxDatagram { get; }

    /// <summary>How many of our heartbeats per CPU-second there are to be for each of its requests; null where nothing was promised.</summary>
    public abstract double? Target { get; }

    /// <summary>Its executable: on the search path, or where distributions put servers, which aren't on everybody's. Null when it isn't there.</summary>
    public string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/local/sbin", "/opt/local/bin"])
            .Select(folder => Path.Combine(folder, Program))
            .FirstOrDefault(File.Exists);

    /// <summary>Its arguments; what it needs as files is written.</summary>
    /// <param name="endPoint">Where it is to listen, UDP.</param>
    /// <param name="directory">Its own, gone afterwards.</param>
    public abstract IReadOnlyList<string> Prepare(IPEndPoint endPoint, DirectoryInfo directory);

    /// <summary>Writes a request that shows whether it is up.</summary>
    public abstract int WriteProbe(Span<byte> destination, IPEndPoint endPoint);

    /// <summary>Whether a datagram answers <see cref="WriteProbe"/>.</summary>
    public abstract bool IsProbeAnswer(ReadOnlySpan<byte> datagram);

    /// <summary>Measures it.</summary>
    public abstract Task<Swarm.LoopMeasurement> MeasureAsync(PeerLoad load, CancellationToken cancellation);

    /// <summary>A number as configurations have it.</summary>
    protected static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
