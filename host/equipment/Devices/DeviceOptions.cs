using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Equipment;

/// <summary>What a <see cref="Device"/> needs to know, and its limits. Read once, when the device starts.</summary>
public sealed class DeviceOptions
{
    /// <summary>The server to register at.</summary>
    public required ServerAddress Server { get; init; }

    /// <summary>Whom to take for that server.</summary>
    public required ServerTrust Trust { get; init; }

    /// <summary>
    /// The directory that holds the device's keys, its ID and what the password is compared with; made with mode 0700 when it isn't there.
    /// Who loses it loses the ID; who copies it is the device.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>
    /// The password that issuers must know. Null keeps the one that was set before; a device that never had one doesn't start.
    /// An empty one isn't accepted (SPEC 8.1). Only a salted, stretched hash of it is kept.
    /// </summary>
    public string? Password { get; init; }

    /// <summary>
    /// Serves an accepted connection: it is called with a stream that both sides may use, and owns it until its task ends. Then, or when it
    /// throws, the stream is closed. The token is cancelled when the device is disposed. <see cref="ServiceForwarder.ServeAsync"/> fits here.
    /// </summary>
    public required Func<RelayStream, CancellationToken, Task> OnConnection { get; init; }

    /// <summary>Rounds of PBKDF2 for a new password, 100,000 to 2,000,000. Default 600,000: OWASP's figure for PBKDF2-HMAC-SHA256.</summary>
    public int PasswordIterations { get; init; } = 600_000;

    /// <summary>The heartbeat interval that the device wishes, 1 to 400 s; null (the default) leaves it to the server.</summary>
    public TimeSpan? HeartbeatInterval { get; init; }

    /// <summary>Connections served at once, 1 to 65,536; more are answered "busy". Default 512: some MiB of buffers.</summary>
    public int MaxConnections { get; init; } = 512;

    /// <summary>How long a TCP connection and the handshake to the server may take, 1 to 60 s. Default 10 s.</summary>
    public TimeSpan ServerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the device may dial ports below 1024, where services of others live. Default: no (SPEC 8.5).</summary>
    public bool AllowPrivilegedPorts { get; init; }

    /// <summary>
    /// Whether the device says nothing instead of refusing (SPEC 8.3). Default: no, the issuer is told why, sealed so that the server can't
    /// read it; the reasons are in docs/decisions/0002.
    /// </summary>
    public bool SilentRefusals { get; init; }

    /// <summary>
    /// Whether connections after the first name the server's chain that they hold, which is validated anew, and so save a round trip
    /// (SPEC 4.9). Default: yes.
    /// </summary>
    public bool ReuseServerChain { get; init; } = true;

    /// <summary>
    /// Whether P-384 (suite 2, SPEC 1.3) is offered besides P-256: a server that has it then uses it. Slower on both sides. Default: no.
    /// </summary>
    public bool OfferP384 { get; init; }

    /// <summary>Is told of each signal as it is sent or received; null for nobody.</summary>
    public ISignalObserver? Observer { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="EquipmentException"><see cref="EquipmentError.Options"/>: names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        OptionCheck.Present(nameof(Server), Server);
        OptionCheck.Present(nameof(Trust), Trust);
        OptionCheck.Present(nameof(DataDirectory), DataDirectory);
        OptionCheck.Present(nameof(OnConnection), OnConnection);
        if (Password is "") throw new EquipmentException(EquipmentError.Options, "The password is empty; a device needs one.");
        OptionCheck.Range(nameof(PasswordIterations), PasswordIterations, DevicePassword.MinIterations, DevicePassword.MaxIterations);
        if (HeartbeatInterval is { } interval) OptionCheck.Range(nameof(HeartbeatInterval), interval, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(400));
        OptionCheck.Range(nameof(MaxConnections), MaxConnections, 1, 65_536);
        OptionCheck.Range(nameof(ServerTimeout), ServerTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    }
}
