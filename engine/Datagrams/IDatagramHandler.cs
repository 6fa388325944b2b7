namespace FastRelay.Engine.Datagrams;

/// <summary>
/// What a shard does with its datagrams. Implemented by a struct, so that the loop's calls are direct. All calls of one
/// loop, commands included, are serialised: the handler is the only writer of what it owns. It must not block, and an
/// exception ends the loop.
/// </summary>
public interface IDatagramHandler
{
    /// <summary>Datagrams have come; answers are written into the same batch.</summary>
    void OnBatch(ref DatagramBatch batch);

    /// <summary>The tick interval has passed. The batch holds no datagram; it takes what is to be sent.</summary>
    void OnTick(ref DatagramBatch output);
}
