namespace FastRelay.Protocol.Handshake;

/// <summary>Where a handshake stands after a frame.</summary>
public enum HandshakeStatus
{
    /// <summary>Send what was written and give it the next frame.</summary>
    Continue,
    /// <summary>Send what was written; both FINs are verified and the channel can be taken.</summary>
    Completed,
    /// <summary>Send what was written, if anything, and close without a further word.</summary>
    Failed,
}
