using System.IO.Pipelines;
using System.Net;

namespace FastRelay.Engine.Streams;

/// <summary>A stream connection as a pair of pipes. While nothing comes, it holds no buffer.</summary>
/// <remarks>
/// <para>Reading: <see cref="Input"/> completes without an exception at the end of the stream, however it ended;
/// <see cref="ReadEnd"/> then tells FIN from RST. Whoever takes the end of a stream for the end of a message must ask.</para>
/// <para>Writing: completing <see cref="Output"/> sends what was written and then FIN; the other direction goes on
/// (half-close). Completing it with an exception resets the connection. A flush whose result is completed says that
/// nothing more will be sent; <see cref="WriteEnd"/> says why.</para>
/// <para>One reader and one writer at a time. <see cref="Abort"/>, the deadline and the ends are safe from any thread.</para>
/// </remarks>
public abstract class StreamConnection : IDuplexPipe, IAsyncDisposable
{
    private protected StreamConnection()
    {
    }

    /// <summary>The peer's address; IPv4 is never in mapped form.</summary>
    public abstract IPEndPoint RemoteAddress { get; }

    /// <summary>This side's address; IPv4 is never in mapped form. To be asked while the connection stands.</summary>
    public abstract IPEndPoint LocalAddress { get; }

    /// <summary>What the peer sends.</summary>
    public abstract PipeReader Input { get; }

    /// <summary>What is sent to the peer.</summary>
    public abstract PipeWriter Output { get; }

    /// <summary>How receiving ended; set before <see cref="Input"/> completes.</summary>
    public abstract StreamEnd ReadEnd { get; }

    /// <summary>How sending ended; set before a flush reports completion.</summary>
    public abstract StreamEnd WriteEnd { get; }

    /// <summary>Completes when both directions have ended and the socket is closed, however they ended; faults only by a defect of this library or of its pool.</summary>
    public abstract Task Completion { get; }

    /// <summary>Resets the connection when the time passes, unless it is set anew or cleared before. Replaces an earlier deadline.</summary>
    /// <param name="after">From now, by the connection's clock; must be positive.</param>
    public abstract void SetDeadline(TimeSpan after);

    /// <summary>Takes the deadline back.</summary>
    public abstract void ClearDeadline();

    /// <summary>
    /// Ends both directions at once: the peer gets RST, bytes on the way are lost. Reads and flushes that wait complete.
    /// </summary>
    public abstract void Abort();

    /// <summary>
    /// Sends what was written, then FIN, and closes; a peer that doesn't take it within
    /// <see cref="StreamOptions.CloseTimeout"/> is reset. No read or flush may be under way: <see cref="Abort"/> ends those.
    /// </summary>
    public abstract ValueTask DisposeAsync();
}
