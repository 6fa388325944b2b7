namespace FastRelay.Protocol.Wire;

/// <summary>The first byte of a datagram (SPEC 7.1).</summary>
public enum DatagramType : byte
{
    /// <summary>HB, device → server (SPEC 7.2).</summary>
    Heartbeat = 0x11,
    /// <summary>ACK, server → device (SPEC 7.3).</summary>
    Ack = 0x12,
    /// <summary>WAKE, server → device (SPEC 7.7).</summary>
    Wake = 0x13,
    /// <summary>WAKE_ACK, device → server (SPEC 7.7).</summary>
    WakeAck = 0x14,
    /// <summary>RESUME, device → server (SPEC 7.9). Its layout isn't the common one.</summary>
    Resume = 0x15,
    /// <summary>RESUME_ACK, server → device (SPEC 7.9). Its layout isn't the common one.</summary>
    ResumeAck = 0x16,
    /// <summary>CONNECT2_FAST, server → device (SPEC 7.8).</summary>
    SealedRequest = 0x19,
    /// <summary>ANSWER_FAST, device → server (SPEC 7.8).</summary>
    SealedAnswer = 0x1A,
    /// <summary>RESET, server → device (SPEC 7.5).</summary>
    Reset = 0x1F,
}
