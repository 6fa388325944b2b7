using System.Net;

namespace FastRelay.Engine.Streams;

/// <summary>How <see cref="StreamConnector"/> dials, and how the connection is made.</summary>
public sealed class StreamConnectOptions : StreamOptions
{
    /// <summary>Where to dial from. Null: the system chooses. Of the remote's address family, or unspecified.</summary>
    public IPEndPoint? LocalEndPoint { get; set; }

    /// <summary>Whether <see cref="LocalEndPoint"/>'s port is shared with a listener of this user (<see cref="SharedPortListener"/>).</summary>
    public bool ShareLocalPort { get; set; }

    /// <summary>How long to wait for the peer. 10 s.</summary>
    public TimeSpan Timeout
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromSeconds(10);
}
