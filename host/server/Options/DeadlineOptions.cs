namespace FastRelay.Server.Options;

/// <summary>How long each step may take (SPEC 10.1).</summary>
public sealed class DeadlineOptions
{
    /// <summary>From accepting a connection to its whole HELLO.</summary>
    public TimeSpan Hello { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>From accepting a connection to the client's FIN.</summary>
    public TimeSpan Finished { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>From the client's FIN to its first message (roles 1 and 2).</summary>
    public TimeSpan FirstMessage { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an issuer's connection may stand without an open request.</summary>
    public TimeSpan IssuerIdle { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a woken device's connection may stand without a request.</summary>
    public TimeSpan WokenIdle { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request waits for its device when the issuer doesn't say.</summary>
    public TimeSpan Request { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that an issuer may have a request wait.</summary>
    public TimeSpan RequestMost { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a peer may leave what is sent to it unread.</summary>
    public TimeSpan Send { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stop waits for the open connections.</summary>
    public TimeSpan Stop { get; set; } = TimeSpan.FromSeconds(5);
}
