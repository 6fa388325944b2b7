namespace FastRelay.Engine.Streams;

/// <summary>How a <see cref="StreamListener"/> listens, and how the connections are made that it accepts.</summary>
public sealed class StreamListenerOptions : StreamOptions
{
    /// <summary>Connections the kernel may hold before they are accepted. 512, as Kestrel; the kernel caps it (somaxconn).</summary>
    public int Backlog
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 512;

    /// <summary>Whether a listener on the IPv6 unspecified address takes IPv4 too. On.</summary>
    public bool DualStack { get; set; } = true;

    /// <summary>Whether other sockets of this user may bind the same port: needed to dial from it (<see cref="SharedPortListener"/>).</summary>
    public bool ShareLocalPort { get; set; }

    /// <summary>How long accepting rests when the process or the machine is out of descriptors or buffers. 100 ms.</summary>
    public TimeSpan ExhaustionPause
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromMilliseconds(100);
}
