using System.Net;

namespace FastRelay.Engine.Datagrams;

/// <summary>
/// One shard: a bound socket, its buffers and the handler, which alone touches the shard's state. Receives datagrams in
/// batches, sends what the handler writes, ticks, and runs commands; all serialised. After its start it allocates nothing
/// for a datagram.
/// </summary>
/// <typeparam name="THandler">The shard's work.</typeparam>
public abstract class DatagramLoop<THandler> : IAsyncDisposable
    where THandler : struct, IDatagramHandler
{
    private protected DatagramLoop()
    {
    }

    /// <summary>Where the socket is bound; the port is the real one.</summary>
    public abstract IPEndPoint LocalEndPoint { get; }

    /// <summary>What has been counted so far. From any thread.</summary>
    public abstract DatagramCounters Counters { get; }

    /// <summary>Completes when the loop has stopped; faults with the exception of a handler, a command or a dead socket.</summary>
    public abstract Task Completion { get; }

    /// <summary>Sets the loop going. Once.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public abstract void Start();

    /// <summary>Queues a command. Commands of one thread run in its order. From any thread.</summary>
    /// <returns>False when the loop has stopped, or too many wait; the command will not run.</returns>
    public abstract bool Post(IDatagramCommand<THandler> command);

    /// <summary>Runs the commands that wait, sends what they write, and closes the socket. Does not throw what ended the loop.</summary>
    public abstract ValueTask DisposeAsync();
}
