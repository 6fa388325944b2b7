using System.Globalization;
using System.Net;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Versus;

/// <summary>Kamailio, asked what a phone asks it: REGISTER of a contact, kept in memory, without authentication (RFC 3261 10).</summary>
internal sealed class KamailioPeer : Peer
{
    /// <summary>Outside of the devices' numbers.</summary>
    private const uint ProbeDevice = 99_999_999;

    /// <inheritdoc/>
    public override string Name => "kamailio";

    /// <inheritdoc/>
    public override string Request => "SIP REGISTER, unauthenticated, in memory";

    /// <inheritdoc/>
    public override string Program => "kamailio";

    /// <inheritdoc/>
    public override int MaxDatagram => 1_024;

    /// <inheritdoc/>
    public override double? Target => null;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Prepare(IPEndPoint endPoint, DirectoryInfo directory)
    {
        string configuration = Path.Combine(directory.FullName, "kamailio.cfg");
        File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            #!KAMAILIO
            debug=-3
            log_stderror=yes
            children=1
            disable_tcp=yes
            auto_aliases=no
            listen=udp:{{endPoint}}
            loadmodule "sl.so"
            loadmodule "usrloc.so"
            loadmodule "registrar.so"
            modparam("usrloc", "db_mode", 0)
            modparam("registrar", "method_filtering", 0)
            request_route {
              if (method == "REGISTER") { save("location"); exit; }
              sl_send_reply("405", "Method Not Allowed");
            }

            """));
        // In the foreground; 256 MiB of shared memory hold more contacts than there are devices.
        return ["-f", configuration, "-DD", "-E", "-m", "256", "-w", directory.FullName, "-Y", directory.FullName];
    }

    /// <inheritdoc/>
    public override int WriteProbe(Span<byte> destination, IPEndPoint endPoint) => new SipMessage(endPoint.ToString()).Write(destination, ProbeDevice, 1);

    /// <inheritdoc/>
    public override bool IsProbeAnswer(ReadOnlySpan<byte> datagram) => SipMessage.IsOk(datagram, ProbeDevice, 1);

    /// <inheritdoc/>
    public override Task<LoopMeasurement> MeasureAsync(PeerLoad load, CancellationToken cancellation) =>
        load.TakeAsync(new SipTraffic(new SipMessage(load.Process.EndPoint.ToString())), MaxDatagram, cancellation);
}
