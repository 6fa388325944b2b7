namespace FastRelay.Server.Options;

/// <summary>How many of each thing there may be (SPEC 10.1). A prefix is an IPv4 address or an IPv6 /64 unless said otherwise.</summary>
public sealed class LimitOptions
{
#if DEBUG
    private const int DefaultDevices = 1_000;
#else
    private const int DefaultDevices = 100_000;
#endif

    /// <summary>Devices registered at once; further ones are told "full". At most 160 bytes of memory each, taken as they come, and 512 bytes of disk.</summary>
    public int Devices { get; set; } = DefaultDevices;

    /// <summary>Devices that one prefix may register: a household has a few, a carrier's NAT thousands; nobody may fill the list alone.</summary>
    public int DevicesPerPrefix { get; set; } = 10_000;

    /// <summary>TCP connections that haven't finished their handshake.</summary>
    public int HalfOpen { get; set; } = 20_000;

    /// <summary>The same of one prefix.</summary>
    public int HalfOpenPerPrefix { get; set; } = 64;

    /// <summary>Half-open connections from which on the server is under load: RETRY, and the rate of handshakes below.</summary>
    public int LoadThreshold { get; set; } = 1_000;

    /// <summary>The same of one prefix, for that prefix alone: more than a NAT's devices have in their round trips at once, far less than all it may have.</summary>
    public int LoadThresholdPerPrefix { get; set; } = 16;

    /// <summary>Handshakes a second of one prefix, under load.</summary>
    public int HandshakesPerPrefix { get; set; } = 20;

    /// <summary>Handshakes that one prefix may start at once, under load.</summary>
    public int HandshakeBurst { get; set; } = 5;

    /// <summary>Handshakes whose curve operations are done at once; 0: as many as there are processors.</summary>
    public int HandshakesAtOnce { get; set; }

    /// <summary>Handshakes that wait for their turn. At 2,000 to 3,000 a second and processor the last of them waits a second at most.</summary>
    public int HandshakesWaiting { get; set; } = 2_000;

    /// <summary>Handshakes a second that clients who are turned away may come back for: the retry_after they are told grows so that they do.</summary>
    public int HandshakeCapacity { get; set; } = 1_000;

    /// <summary>Refused connections that are told why at once: each holds a descriptor until its peer has taken 8 bytes, 5 s at most.</summary>
    public int Refusals { get; set; } = 256;

    /// <summary>TCP connections in all.</summary>
    public int Connections { get; set; } = 50_000;

    /// <summary>The same of one prefix: who holds connections open leaves room for others.</summary>
    public int ConnectionsPerPrefix { get; set; } = 1_000;

    /// <summary>Requests open at once on one issuer's connection.</summary>
    public int OpenRequests { get; set; } = 256;

    /// <summary>Wakes started a device and minute.</summary>
    public int WakesPerDevice { get; set; } = 6;

    /// <summary>Of these, those that one issuer's prefix may start: what is left is for others.</summary>
    public int WakesPerIssuer { get; set; } = 3;

    /// <summary>Distinct devices a minute that may be asked to dial one address and port.</summary>
    public int DevicesPerDestination { get; set; } = 5;

    /// <summary>Distinct devices a minute that one issuer's address may ask for.</summary>
    public int DevicesPerIssuer { get; set; } = 20;

    /// <summary>Requests a second that one issuer's prefix may make to one device: each costs the device a curve operation.</summary>
    public int RequestsPerDevice { get; set; } = 20;

    /// <summary>The same at once: a browser's burst, or two hundred connections that start together.</summary>
    public int RequestBurst { get; set; } = 256;

    /// <summary>Descriptors a second handed out on one connection; who asks faster waits for them.</summary>
    public int Descriptors { get; set; } = 20;

    /// <summary>The same to one prefix.</summary>
    public int DescriptorsPerPrefix { get; set; } = 100;

    /// <summary>RESETs a second: what devices can come back by RESUME after a restart, two million of them within two intervals.</summary>
    public int Resets { get; set; } = 100_000;

    /// <summary>RESETs a second to one IPv4 /24 or IPv6 /64: a hundredth of the above, so that no one network has them all.</summary>
    public int ResetsPerPrefix { get; set; } = 1_000;

    /// <summary>RESUMEs a second that devices are asked back for: the retry_after told with RESET grows so that they come no faster.</summary>
    public int ResumeCapacity { get; set; } = 50_000;

    /// <summary>The least retry_after, in seconds, told with "full" and "overloaded".</summary>
    public int RetryAfter { get; set; } = 30;
}
