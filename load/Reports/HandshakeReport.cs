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

    /// <summary>The same for a person.</summary>
    public IEnumerable<(string Name, string Text)> Rows() =>
        from kind in (IEnumerable<(string Name, HandshakeFigures Figures)>)
        [
            ("issuer, full", IssuerFull), ("issuer, cached certificate", IssuerCached), ("device, full, with its signature", DeviceFull),
        ]
        from row in kind.Figures.Rows(kind.Name)
        select row;
}
