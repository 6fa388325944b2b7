namespace FastRelay.Load.Reports;

/// <summary>What a handshake run came to.</summary>
internal sealed record HandshakeReport
{
    public required bool Pinned { get; init; }

    /// <summary>An issuer's first connection: certificate sent and validated.</summary>
    public required HandshakeFigures IssuerFull { get; init; }

    /// <summary>An issuer's later connection: the certificate is known, one round trip.</summary>
    public required HandshakeFigures IssuerCached { get; init; }

    /// <summary>A device's connection: as the first, and the device signs.</summary>
    public required HandshakeFigures DeviceFull { get; init; }

    /// <summary>Clients at once.</summary>
    public required int Copies { get; init; }

    /// <summary>The same for table, JSON and page.</summary>
    public LoadReport ToReport() => new()
    {
        Name = "handshakes",
        Title = "Handshakes per server CPU-second",
        Parameters = [Figure.Number("copies", "clients at once", Copies), Figure.Flag("pinned", "server on a core of its own", Pinned)],
        Groups =
        [
            IssuerFull.ToGroup("issuer_full", "Issuer, full"),
            IssuerCached.ToGroup("issuer_cached", "Issuer, cached certificate"),
            DeviceFull.ToGroup("device_full", "Device, full, with its signature"),
        ],
        Series = [IssuerFull.Rate, IssuerCached.Rate, DeviceFull.Rate],
        Comparisons =
        [
            new Comparison(
                "Per server CPU-second", "handshakes",
                [("issuer, full", IssuerFull.PerCpuSecond), ("issuer, cached certificate", IssuerCached.PerCpuSecond), ("device, full", DeviceFull.PerCpuSecond)])
            { Ours = 3 },
        ],
    };
}
