using FastRelay.Equipment.State;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Equipment.Links;

/// <summary>What all connections of one piece of equipment to its server share.</summary>
internal sealed class LinkSettings
{
    public required ServerAddress Server { get; init; }

    public required ServerTrust Trust { get; init; }

    /// <summary>For resolving, dialling and the handshake together.</summary>
    public required TimeSpan Timeout { get; init; }

    public required TimeProvider Time { get; init; }

    public required IEntropy Entropy { get; init; }

    public ISignalObserver? Observer { get; init; }

    /// <summary>Whether <see cref="Chain"/> is kept.</summary>
    public bool ReuseChain { get; init; } = true;

    /// <summary>The suites offered, as a bitmap (SPEC 1.3).</summary>
    public ushort Suites { get; init; } = CipherSuite.P256.Bit;

    /// <summary>The device's ticket, shown in HELLO (SPEC 4.12); null when it has none.</summary>
    public ReturnTicket? Ticket { get; set; }

    /// <summary>The chain of the last connection, for the handshake of one round trip (SPEC 4.9).</summary>
    public ServerChain? Chain { get; set; }
}
