using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;

namespace FastRelay.Load.Swarm;

/// <summary>What a swarm seals and checks with: the fastest that this system has, so that the generator isn't what is measured.</summary>
internal static class SwarmAead
{
    /// <summary>Makes one.</summary>
    public static IPacketAead Create()
    {
        if (HardwareGcm.TryCreate(out var hardware)) return new HardwarePacketAead(hardware);
        return LibCryptoGcm.TryCreate(out var libCrypto) ? new LibCryptoPacketAead(libCrypto) : new PlatformPacketAead();
    }
}
