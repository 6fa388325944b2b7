using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Devices;

/// <summary>What a datagram worker seals and checks with (docs/decisions/0005).</summary>
internal static class WorkerAead
{
    /// <summary>The best that this system has; a line in the log when it is the second best.</summary>
    public static IPacketAead Create(ServerEvents events) => Create(LibCryptoGcm.WhyUnsupported, events);

    /// <summary>The choice, with what was found out as an argument.</summary>
    /// <param name="whyUnsupported">As <see cref="LibCryptoGcm.WhyUnsupported"/>.</param>
    /// <param name="events">Where it is told.</param>
    internal static IPacketAead Create(string? whyUnsupported, ServerEvents events)
    {
        if (whyUnsupported is null && LibCryptoGcm.TryCreate(out var gcm)) return new LibCryptoPacketAead(gcm);
        events.PlatformAead(whyUnsupported ?? "libcrypto gives no context");
        return new PlatformPacketAead();
    }
}
