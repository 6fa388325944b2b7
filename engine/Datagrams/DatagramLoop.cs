using FastRelay.Engine.Datagrams.Saea;

namespace FastRelay.Engine.Datagrams;

/// <summary>Makes datagram loops.</summary>
public static class DatagramLoop
{
    /// <summary>Binds a socket and readies a loop on it; <see cref="DatagramLoop{THandler}.Start"/> sets it going.</summary>
    /// <param name="handler">The shard's work; the loop keeps it, in place.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address can't be bound.</exception>
    public static DatagramLoop<THandler> Bind<THandler>(THandler handler, DatagramLoopOptions? options = null)
        where THandler : struct, IDatagramHandler =>
        new SaeaDatagramLoop<THandler>(handler, options ?? new DatagramLoopOptions());
}
