namespace FastRelay.Engine.Streams;

/// <summary>How an attempt to connect ended.</summary>
public enum ConnectResult
{
    /// <summary>The connection stands.</summary>
    Connected,
    /// <summary>The peer's host answered that nobody listens there.</summary>
    Refused,
    /// <summary>No way to the host or the network.</summary>
    Unreachable,
    /// <summary>No answer in time.</summary>
    TimedOut,
    /// <summary>The local address and port can't be used for this peer now: taken, or an earlier connection between the two still fades (TIME-WAIT).</summary>
    LocalAddressInUse,
    /// <summary>Anything else; <see cref="ConnectOutcome.Error"/> says what.</summary>
    Failed,
}
