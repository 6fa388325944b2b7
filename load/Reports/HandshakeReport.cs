using FastRelay.Load.Measurement;

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

    /// <summary>The bare operations of libcrypto, on the core of the server.</summary>
    public required BareFigures Bare { get; init; }

    /// <summary>A device's handshakes per CPU-second ÷ what libcrypto's operations alone would allow.</summary>
    public double Ratio => DeviceFull.PerCpuSecond * Bare.Sum() / 1e6;

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
            new FigureGroup("bare", "Bare libcrypto, P-256", [
                Figure.Number("key_generation_us", "key generation", Bare.KeyGeneration, 1, "µs"),
                Figure.Number("agreement_us", "ECDH", Bare.Agreement, 1, "µs"),
                Figure.Number("signature_us", "ECDSA signature", Bare.Signature, 1, "µs"),
                Figure.Number("check_us", "its check", Bare.Check, 1, "µs"),
                Figure.Number("exchange_us", "the server's key pair and ECDH", Bare.Exchange, 1, "µs"),
                Figure.Ratio("exchange_ratio", "the server's ÷ the bare two", Bare.ExchangeRatio(), "libcrypto's two operations", FigureTarget.AtMost(1.3)),
                Figure.Number("sum_us", "sum of the bare four", Bare.Sum(), 1, "µs"),
                Figure.Ratio("ratio", "device, full ÷ bare", Ratio, "libcrypto's operations alone", FigureTarget.AtLeast(0.7)),
            ]),
        ],
        Series = [IssuerFull.Rate, IssuerCached.Rate, DeviceFull.Rate],
        Comparisons =
        [
            new Comparison(
                "Per server CPU-second", "handshakes",
                [("issuer, full", IssuerFull.PerCpuSecond), ("issuer, cached certificate", IssuerCached.PerCpuSecond), ("device, full", DeviceFull.PerCpuSecond), ("libcrypto alone", 1e6 / Bare.Sum())])
            { Ours = 3 },
        ],
    };
}
