using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Cli.Demo;

/// <summary>What the claims call a signal, and where they do (docs/claims.md has them element by element).</summary>
/// <param name="Text">The claims' term; plain words where the claims have none.</param>
/// <param name="Message">The SPEC's name.</param>
/// <param name="Claims">The claims that name it; empty for what the protocol adds.</param>
internal sealed record ClaimTerm(string Text, string Message, params int[] Claims)
{
    /// <summary>The term of a signal on a connection of this role.</summary>
    public static ClaimTerm Of(Signal signal, ConnectionRole role) => (signal, role) switch
    {
        (Signal.Register, _) => new("equipment registration signal, the first one", "REGISTER", 1, 8, 12, 16, 23, 27),
        (Signal.Registered, _) => new("the device is registered", "REGISTERED"),
        (Signal.Heartbeat, _) => new("equipment registration signal", "HB", 1, 8, 12, 16, 23, 27),
        (Signal.Ack, _) => new("answer to the registration signal", "ACK"),
        (Signal.Hello, ConnectionRole.Issuer) => new("first TCP connection start signal", "HELLO", 1, 5, 12, 16, 20, 27),
        (Signal.Hello, ConnectionRole.Wake) => new("second TCP connection start signal", "HELLO", 2, 9, 13, 17, 24, 28),
        (Signal.Hello, _) => new("the device connects to register", "HELLO"),
        (Signal.Certificate, ConnectionRole.Issuer) => new("server certificate information", "CERT", 4, 7, 15, 19, 22, 30),
        (Signal.Certificate, ConnectionRole.Wake) => new("server certificate information", "CERT", 4, 11, 15, 19, 26, 30),
        (Signal.Certificate, _) => new("server certificate information", "CERT"),
        (Signal.ClientKey, ConnectionRole.Issuer) => new("first common key generation information", "CKEY", 4, 7, 15, 19, 22, 30),
        (Signal.ClientKey, ConnectionRole.Wake) => new("third common key generation information", "CKEY", 4, 11, 15, 19, 26, 30),
        (Signal.ClientKey, _) => new("common key generation information", "CKEY"),
        (Signal.ServerKey, ConnectionRole.Issuer) => new("second common key generation information", "SKEY", 4, 7, 15, 19, 22, 30),
        (Signal.ServerKey, ConnectionRole.Wake) => new("fourth common key generation information", "SKEY", 4, 11, 15, 19, 26, 30),
        (Signal.ServerKey, _) => new("common key generation information", "SKEY"),
        (Signal.ServerFinished, ConnectionRole.Issuer) => new("the server proves the first common key", "SIG FIN", 4, 7, 15, 19, 22, 30),
        (Signal.ServerFinished, ConnectionRole.Wake) => new("the server proves the second common key", "SIG FIN", 4, 11, 15, 19, 26, 30),
        (Signal.ServerFinished, _) => new("the server proves the common key", "SIG FIN"),
        (Signal.ClientFinished, ConnectionRole.Issuer) => new("the issuer proves the first common key", "FIN", 4, 7, 15, 19, 22, 30),
        (Signal.ClientFinished, ConnectionRole.Wake) => new("the device proves the second common key", "FIN", 4, 11, 15, 19, 26, 30),
        (Signal.ClientFinished, _) => new("the device proves the common key", "FIN"),
        (Signal.Observed, _) => new("the address that the server sees", "OBSERVED"),
        (Signal.DescriptorGet, _) => new("the issuer asks for the device's keys", "DESCRIPTOR_GET"),
        (Signal.Descriptor, _) => new("the device's keys, signed by it", "DESCRIPTOR"),
        (Signal.FirstRequest, _) => new("first connection request signal", "CONNECT1", 1, 3, 4, 5, 6, 7, 12, 14, 15, 16, 18, 19, 20, 21, 22, 27, 29, 30),
        (Signal.ThirdRequest, _) => new("third connection request signal", "WAKE", 2, 9, 13, 17, 24, 28),
        (Signal.WakeAck, _) => new("the device has heard", "WAKE_ACK"),
        (Signal.SecondRequest, _) => new("second connection request signal", "CONNECT2", 2, 3, 4, 9, 10, 11, 13, 14, 15, 17, 18, 19, 24, 25, 26, 28, 29, 30),
        (Signal.SecondRequestFast, _) => new("second connection request signal", "CONNECT2_FAST", 1, 3, 8, 12, 16, 23, 27),
        (Signal.PasswordChecked, _) => new("the password is compared", "—", 10, 14, 25, 29),
        (Signal.Answer, _) => new("the device's answer to the server", "ANSWER"),
        (Signal.Result, _) => new("the server's answer to the issuer", "RESULT"),
        (Signal.CommunicationRequest, _) => new("communication request signal", "COMMREQ", 5, 8, 10, 12, 14, 20, 23, 25, 27, 29),
        (Signal.Accept, _) => new("the issuer accepts the communication", "ACCEPT", 5, 8, 12, 20, 23, 27),
        (Signal.Data, _) => new("the communication starts", "DATA", 5, 8, 12, 20, 23, 27),
        (Signal.Reset, _) => new("register again", "RESET"),
        (Signal.Resume, _) => new("the device comes back with its ticket", "RESUME"),
        (Signal.ResumeAck, _) => new("a session for the ticket", "RESUME_ACK"),
        (Signal.Retry, _) => new("come again with this cookie", "RETRY"),
        _ => new(signal.ToString(), signal.ToString()),
    };
}
