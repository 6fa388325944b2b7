using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Issuers;

/// <summary>Failures of a request, in words that say what to do.</summary>
internal static class RequestFailure
{
    public static EquipmentException Of(DeviceId device, in RequestResult result) => result.Verdict switch
    {
        Verdict.PasswordRefused => new(EquipmentError.PasswordRefused, $"The device {device} refused the password; type it again."),
        Verdict.LockedOut => new(EquipmentError.LockedOut,
            $"The device {device} is locked against this address after wrong passwords; wait up to 15 minutes, then use the right one."),
        Verdict.Stale => Stale(device),
        Verdict.AddressRefused => new(EquipmentError.AddressRefused,
            $"The device {device} may not dial this machine's address; it and the server must reach this machine from the same kind of network."),
        Verdict.Busy => new(EquipmentError.Busy, $"The device {device} serves as many connections as it may; try again later."),
        _ => OfServer(device, result),
    };

    public static EquipmentException Stale(DeviceId device) => new(EquipmentError.Stale,
        $"The device {device} takes the request for out of date; check that the clocks of this machine and of the device are right to two minutes.");

    public static EquipmentException Unavailable(DeviceId device) => new(EquipmentError.Unavailable,
        $"The device {device} isn't available: unknown to this server, offline, or refusing; check the ID, and that the device runs.");

    public static EquipmentException NoAnswer(DeviceId device) => new(EquipmentError.NoAnswer,
        $"The device {device} is online but didn't answer in time; try again.");

    public static EquipmentException DidNotCome(DeviceId device) => new(EquipmentError.NoAnswer,
        $"The device {device} accepted but its connection didn't arrive; check that no firewall keeps it from this machine's listening port.");

    public static EquipmentException ServerSilent() => new(EquipmentError.Network, "The server didn't answer the request in time; try again.");

    public static EquipmentException BadDescriptor(DeviceId device) => new(EquipmentError.Protocol,
        $"The server's description of the device {device} isn't signed by that device or has ended; restart the device, and don't trust this server if it stays so.");

    private static EquipmentException OfServer(DeviceId device, in RequestResult result) => result.Status switch
    {
        ResultStatus.NoAnswer => NoAnswer(device),
        ResultStatus.Limited => new(EquipmentError.Limited, $"The server limits requests; try again in {Math.Max(1, result.RetryAfter.TotalSeconds):F0} s.")
        {
            RetryAfter = result.RetryAfter,
        },
        ResultStatus.AddressRefused => new(EquipmentError.AddressRefused,
            "The server sees this machine at another address than the one in the request; try again, and check for a proxy that changes addresses."),
        _ => Unavailable(device),
    };
}
