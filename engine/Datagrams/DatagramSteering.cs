namespace FastRelay.Engine.Datagrams;

/// <summary>
/// Which of the loops that share a port takes a datagram: the one whose number stands in a byte of it. The loops are numbered from 0 in
/// the order in which they were bound. While fewer are bound than <see cref="Shards"/> the kernel chooses by the peer's address for the
/// missing ones; a datagram too short to have the byte goes to loop 0. When one of the loops is disposed the kernel gives its number to
/// the last one, so all of them should end together.
/// </summary>
/// <param name="Offset">Where in the payload the byte stands, 0 to 65,506.</param>
/// <param name="Shards">How many loops there are, 1 to 256. A byte that says more is taken modulo this.</param>
public readonly record struct DatagramSteering(int Offset, int Shards)
{
    /// <summary>The most loops that one byte can tell apart.</summary>
    public const int MaxShards = 256;

    /// <summary>The largest offset.</summary>
    public const int MaxOffset = 65_506;
}
