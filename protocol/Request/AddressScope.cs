namespace FastRelay.Protocol.Request;

/// <summary>How far an address reaches (SPEC 8.5), the nearest first; the order is what the rule compares.</summary>
public enum AddressScope
{
    /// <summary>Unspecified, multicast, broadcast, or a cloud's metadata service: never dialled.</summary>
    Never,
    /// <summary>This machine.</summary>
    Loopback,
    /// <summary>This link.</summary>
    LinkLocal,
    /// <summary>This site.</summary>
    Private,
    /// <summary>The rest.</summary>
    Global,
}
