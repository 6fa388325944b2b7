namespace FastRelay.Protocol.Tracing;

/// <summary>The signals of the system, each one message of the SPEC; the claims' name stands beside it.</summary>
public enum Signal
{
    /// <summary>REGISTER (SPEC 6.2).</summary>
    Register,
    /// <summary>REGISTERED (SPEC 6.3).</summary>
    Registered,
    /// <summary>HB (SPEC 7.2): the equipment registration signal.</summary>
    Heartbeat,
    /// <summary>ACK (SPEC 7.3).</summary>
    Ack,
    /// <summary>HELLO (SPEC 4.3): the first (role 1) or second (role 3) TCP connection start signal.</summary>
    Hello,
    /// <summary>CERT (SPEC 4.4): the server certificate information.</summary>
    Certificate,
    /// <summary>CKEY (SPEC 4.6): the first (role 1) or third (role 3) common key generation information.</summary>
    ClientKey,
    /// <summary>SKEY (SPEC 4.6): the second (role 1) or fourth (role 3) common key generation information.</summary>
    ServerKey,
    /// <summary>The server's SIG and FIN (SPEC 4.7, 4.8): the common key is confirmed by the server.</summary>
    ServerFinished,
    /// <summary>The client's FIN (SPEC 4.8): the common key is confirmed by the client.</summary>
    ClientFinished,
    /// <summary>OBSERVED (SPEC 6.1).</summary>
    Observed,
    /// <summary>DESCRIPTOR_GET (SPEC 6.4).</summary>
    DescriptorGet,
    /// <summary>DESCRIPTOR (SPEC 6.4).</summary>
    Descriptor,
    /// <summary>CONNECT1 (SPEC 6.5): the first connection request signal.</summary>
    FirstRequest,
    /// <summary>WAKE (SPEC 7.7): the third connection request signal.</summary>
    ThirdRequest,
    /// <summary>WAKE_ACK (SPEC 7.7).</summary>
    WakeAck,
    /// <summary>CONNECT2 (SPEC 6.8): the second connection request signal, on the second TCP connection.</summary>
    SecondRequest,
    /// <summary>CONNECT2_FAST (SPEC 7.8): the second connection request signal, as the response to the registration signal.</summary>
    SecondRequestFast,
    /// <summary>The device compared the password (SPEC 8.3); no message.</summary>
    PasswordChecked,
    /// <summary>ANSWER or ANSWER_FAST (SPEC 6.9, 7.8).</summary>
    Answer,
    /// <summary>RESULT (SPEC 6.6).</summary>
    Result,
    /// <summary>COMMREQ (SPEC 9.3): the communication request signal.</summary>
    CommunicationRequest,
    /// <summary>ACCEPT (SPEC 9.5): the issuer accepts the communication.</summary>
    Accept,
    /// <summary>The communication has started: first DATA (SPEC 9.5).</summary>
    Data,
    /// <summary>RESET (SPEC 7.5).</summary>
    Reset,
    /// <summary>RETRY (SPEC 4.10).</summary>
    Retry,
    /// <summary>RESUME (SPEC 7.9).</summary>
    Resume,
    /// <summary>RESUME_ACK (SPEC 7.9).</summary>
    ResumeAck,
}
