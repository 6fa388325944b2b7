using System.Net;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Versus;

/// <summary>coturn's <c>turnserver</c>, asked what a client behind a NAT asks it to keep its mapping: STUN Binding, without authentication (RFC 8489).</summary>
internal sealed class CoturnPeer : Peer
{
    private static readonly byte[] ProbeId = [.. Enumerable.Repeat((byte)0xA5, StunMessage.IdSize)];

    /// <inheritdoc/>
    public override string Name => "coturn";

    /// <inheritdoc/>
    public override string Request => "STUN Binding, unauthenticated";

    /// <inheritdoc/>
    public override string Program => "turnserver";

    /// <inheritdoc/>
    public override int MaxDatagram => 512;

    /// <inheritdoc/>
    public override double? Target => 1.8;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Prepare(IPEndPoint endPoint, DirectoryInfo directory) =>
    [
        // No configuration file; STUN over UDP alone, one relay thread, nothing logged.
        "-n", "--listening-ip", endPoint.Address.ToString(), "--listening-port", Text(endPoint.Port), "--stun-only", "--no-auth", "--no-cli", "--no-tcp", "--no-tls",
        "--no-dtls", "--relay-threads", "1", "--no-stdout-log", "--log-file", "/dev/null", "--simple-log",
        "--pidfile", Path.Combine(directory.FullName, "pid"), "--userdb", Path.Combine(directory.FullName, "db"),
    ];

    /// <inheritdoc/>
    public override int WriteProbe(Span<byte> destination, IPEndPoint endPoint) => StunMessage.WriteRequest(destination, ProbeId);

    /// <inheritdoc/>
    public override bool IsProbeAnswer(ReadOnlySpan<byte> datagram) => StunMessage.TryReadSuccess(datagram, ProbeId, out _, out _);

    /// <inheritdoc/>
    public override Task<LoopMeasurement> MeasureAsync(PeerLoad load, CancellationToken cancellation) => load.TakeAsync(default(StunTraffic), MaxDatagram, cancellation);
}
