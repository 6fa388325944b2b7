namespace FastRelay.Protocol.Wire;

/// <summary>Sizes and bounds of the UDP plane (SPEC 7.1, 7.8).</summary>
public static class DatagramLimits
{
    /// <summary>Bytes of HB, ACK and WAKE_ACK in their short form.</summary>
    public const int ShortSize = 40;

    /// <summary>Bytes of WAKE and of the long forms of HB and ACK.</summary>
    public const int LongSize = 64;

    /// <summary>Bytes of RESET: shorter than anything it answers, so that a loop dies.</summary>
    public const int ResetSize = 32;

    /// <summary>Bytes of RESUME and of RESUME_ACK: who asks pays as much as who answers.</summary>
    public const int ResumeSize = 256;

    /// <summary>Bytes of the largest datagram: fits every path that IPv6 allows.</summary>
    public const int MaxSize = 1200;

    /// <summary>Bytes of the largest content of CONNECT2_FAST and ANSWER_FAST.</summary>
    public const int MaxBody = PacketAeadExtensions.MaxBody;

    /// <summary>The last counter a session may use in one direction; then it ends.</summary>
    public const ulong MaxCounter = 1UL << 60;

    /// <summary>The failed tags at which a session ends.</summary>
    public const ulong MaxFailedTags = 1UL << 32;
}
