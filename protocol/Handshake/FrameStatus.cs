namespace FastRelay.Protocol.Handshake;

/// <summary>What <see cref="FrameReader"/> found.</summary>
public enum FrameStatus
{
    /// <summary>The input doesn't hold a whole frame yet; it is unchanged.</summary>
    NeedMore,
    /// <summary>A whole frame; the input starts after it.</summary>
    Frame,
    /// <summary>The stream isn't one of frames: close it without a word (SPEC 1.1).</summary>
    Malformed,
}
