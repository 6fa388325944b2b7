using System.Net;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Equipment;

/// <summary>What an <see cref="Issuer"/> needs to know, and its limits. Read once, when the issuer is made.</summary>
public sealed class IssuerOptions
{
    /// <summary>The server at which the devices are registered.</summary>
    public required ServerAddress Server { get; init; }

    /// <summary>Whom to take for that server.</summary>
    public required ServerTrust Trust { get; init; }

    /// <summary>
    /// The local port from which the server is dialled and on which devices are awaited (SPEC 6.5), 0 to 65535. Default 0: a free one for each
    /// connection to the server. Name one where a firewall lets only that one in.
    /// </summary>
    public int LocalPort { get; init; }

    /// <summary>The local address to use; null (the default): the machine's choice.</summary>
    public IPAddress? LocalAddress { get; init; }

    /// <summary>How long the server may wait for the device to answer, 1 to 60 s. Default 10 s, as the server's.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an accepted device may take to come, 1 to 60 s. Default 10 s (SPEC 10.2).</summary>
    public TimeSpan CommunicationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a TCP connection and the handshake to the server may take, 1 to 60 s. Default 10 s.</summary>
    public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests open at once, 1 to 256; more wait their turn. Default 256: what a server allows on one connection (SPEC 10.1).</summary>
    public int MaxOpenRequests { get; init; } = 256;

    /// <summary>Connections on the listening port that haven't shown their communication request, 1 to 1,024. Default 64 (SPEC 10.2).</summary>
    public int MaxUnprovenConnections { get; init; } = 64;

    /// <summary>
    /// Whether P-384 (suite 2, SPEC 1.3) is offered besides P-256: a server that has it then uses it. Slower on both sides. Default: no.
    /// </summary>
    public bool OfferP384 { get; init; }

    /// <summary>Is told of each signal as it is sent or received; null for nobody.</summary>
    public ISignalObserver? Observer { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="EquipmentException"><see cref="EquipmentError.Options"/>: names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        var second = TimeSpan.FromSeconds(1);
        var minute = TimeSpan.FromSeconds(60);
        OptionCheck.Present(nameof(Server), Server);
        OptionCheck.Present(nameof(Trust), Trust);
        OptionCheck.Range(nameof(LocalPort), LocalPort, 0, 65_535);
        OptionCheck.Range(nameof(RequestTimeout), RequestTimeout, second, minute);
        OptionCheck.Range(nameof(CommunicationTimeout), CommunicationTimeout, second, minute);
        OptionCheck.Range(nameof(ServerTimeout), ServerTimeout, second, minute);
        OptionCheck.Range(nameof(MaxOpenRequests), MaxOpenRequests, 1, 256);
        OptionCheck.Range(nameof(MaxUnprovenConnections), MaxUnprovenConnections, 1, 1_024);
    }
}
