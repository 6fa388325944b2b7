using FastRelay.Engine.Streams;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Links;

/// <summary>Failures of a connection to the server, in words that say what to do.</summary>
internal static class LinkFailure
{
    public static EquipmentException NoAnswer(ServerAddress server) => new(EquipmentError.Network,
        $"The server {server} doesn't answer; check the address, and that no firewall is between.");

    public static EquipmentException NotReached(ServerAddress server, in ConnectOutcome outcome) => new(EquipmentError.Network, outcome.Result switch
    {
        ConnectResult.Refused => $"Nothing listens at {server}; check the address and the port, and that the server runs.",
        ConnectResult.Unreachable => $"There is no way to {server}; check this machine's network.",
        ConnectResult.TimedOut => $"The server {server} doesn't answer; check the address, and that no firewall is between.",
        ConnectResult.LocalAddressInUse => $"The local address or port to dial {server} from can't be used now; choose another, or wait a minute.",
        _ => $"The server {server} can't be reached ({outcome.Error}); check this machine's network.",
    });

    public static EquipmentException ClosedInHandshake(ServerAddress server) => new(EquipmentError.Network,
        $"The server {server} closed the connection during the handshake; try again, and check that a FastRelay server listens there.");

    public static EquipmentException Lost() => new(EquipmentError.Network, "The connection to the server broke; try again.");

    public static EquipmentException Malformed() => new(EquipmentError.Protocol,
        "The server broke the protocol; check that it and this program are of versions that fit.");

    public static EquipmentException Of(ClientHandshake handshake, LinkSettings settings) => handshake.Reason switch
    {
        RejectReason.UntrustedCertificate => new EquipmentException(EquipmentError.TrustRefused,
            $"The server {settings.Server} isn't trusted: {handshake.TrustFailure?.Explanation} {Remedy(settings.Trust, handshake.TrustFailure?.Rule)}"),
        RejectReason.Refused => OfAlert(handshake, settings.Server),
        RejectReason.BadSignature or RejectReason.BadFinished or RejectReason.Downgrade => new EquipmentException(EquipmentError.TrustRefused,
            $"The server {settings.Server} couldn't prove its certificate, or someone changed the handshake on its way; don't go on from this network."),
        _ => new EquipmentException(EquipmentError.Protocol,
            $"What answers at {settings.Server} doesn't speak this version of the FastRelay protocol; check the address and the server's version."),
    };

    private static string Remedy(ServerTrust trust, TrustRule? rule) => rule switch
    {
        TrustRule.Anchor => $"It isn't the one of {trust}; compare with the fingerprint that the server printed.",
        TrustRule.Name => "Use the name or address that the server's certificate was made for.",
        TrustRule.Expired or TrustRule.NotYetValid => "Check this machine's clock, or have the server's certificate renewed.",
        _ => "Have the server's certificate mended.",
    };

    private static EquipmentException OfAlert(ClientHandshake handshake, ServerAddress server)
    {
        double seconds = handshake.RetryAfter.TotalSeconds;
        return handshake.RefusedBecause switch
        {
            AlertReason.Overloaded => new EquipmentException(EquipmentError.Limited, $"The server {server} is overloaded; try again in {seconds:F0} s.")
            {
                RetryAfter = handshake.RetryAfter,
            },
            AlertReason.ShuttingDown => new EquipmentException(EquipmentError.Network, $"The server {server} is shutting down; try again in {seconds:F0} s.")
            {
                RetryAfter = handshake.RetryAfter,
            },
            _ => new EquipmentException(EquipmentError.Protocol, $"The server {server} has no version or suite in common with this program; update the older one."),
        };
    }
}
