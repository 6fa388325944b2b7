namespace FastRelay.Protocol.Handshake;

/// <summary>What a HELLO shows of its client before anything dear is done for it (SPEC 4.9, 4.12). Proves nothing: a HELLO can be copied.</summary>
/// <param name="HoldsChain">It names the server's present chain, so its CKEY follows in the same flight.</param>
/// <param name="Device">The device whose ticket it shows with the binder that belongs to it; null when it shows none.</param>
public readonly record struct HelloStanding(bool HoldsChain, DeviceId? Device);
