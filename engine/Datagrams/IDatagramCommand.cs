namespace FastRelay.Engine.Datagrams;

/// <summary>Work from another thread that runs serialised with the batches of a loop (<see cref="DatagramLoop{THandler}.Post"/>).</summary>
/// <typeparam name="THandler">The loop's handler.</typeparam>
public interface IDatagramCommand<THandler>
    where THandler : struct, IDatagramHandler
{
    /// <summary>Runs on the loop. An exception ends the loop.</summary>
    /// <param name="handler">The loop's handler, in place.</param>
    /// <param name="output">Holds no datagram; takes what is to be sent.</param>
    void Execute(ref THandler handler, ref DatagramBatch output);

    /// <summary>The loop has ended before it came to this command: whoever waits for it must be let go. On the loop's thread; must not throw.</summary>
    void Abandon()
    {
    }
}
