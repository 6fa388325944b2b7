using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Devices;

/// <summary>
/// What datagram workers seal and check with, the first of these that this system has: the processor's instructions, libcrypto, the
/// platform (docs/decisions/0005 and 0011).
/// </summary>
internal static class WorkerAead
{
    /// <summary>What this system's best is called in the log.</summary>
    public static string Name =>
        HardwareGcm.WhyUnsupported is null ? "the processor's AES instructions" : LibCryptoGcm.WhyUnsupported is null ? "libcrypto" : "the platform";

    /// <summary>The best that this system has, for one worker; a line in the log says when it is the third best.</summary>
    /// <param name="events">Where it is told; null when it has been.</param>
    public static IPacketAead Create(ServerEvents? events) => Create(HardwareGcm.WhyUnsupported, LibCryptoGcm.WhyUnsupported, events);

    /// <summary>The choice, with what was found out as arguments.</summary>
    /// <param name="whyNoHardware">As <see cref="HardwareGcm.WhyUnsupported"/>.</param>
    /// <param name="whyNoLibCrypto">As <see cref="LibCryptoGcm.WhyUnsupported"/>.</param>
    /// <param name="events">Where it is told.</param>
    internal static IPacketAead Create(string? whyNoHardware, string? whyNoLibCrypto, ServerEvents? events)
    {
        if (whyNoHardware is null && HardwareGcm.TryCreate(out var hardware)) return new HardwarePacketAead(hardware);
        if (whyNoLibCrypto is null && LibCryptoGcm.TryCreate(out var libCrypto)) return new LibCryptoPacketAead(libCrypto);
        events?.PlatformAead($"{whyNoHardware}; {whyNoLibCrypto ?? "libcrypto gives no context"}");
        return new PlatformPacketAead();
    }
}
