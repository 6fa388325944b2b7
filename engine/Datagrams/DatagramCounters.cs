namespace FastRelay.Engine.Datagrams;

/// <summary>What a loop has counted since its start.</summary>
/// <param name="Received">Datagrams handed to the handler.</param>
/// <param name="Sent">Datagrams that the kernel took.</param>
/// <param name="Dropped">Datagrams that the handler wrote without room for them (<see cref="DatagramBatch.Room"/>).</param>
/// <param name="Truncated">Datagrams longer than <see cref="DatagramLoopOptions.MaxDatagramSize"/>; not handed on.</param>
/// <param name="SendErrors">Datagrams that the kernel refused: no route, forbidden, too long for the path.</param>
/// <param name="ReceiveErrors">Receives that failed without a datagram, such as a reported ICMP error.</param>
/// <param name="KernelDropped">Datagrams that the kernel dropped for want of room in the socket's buffer; null where it doesn't tell.</param>
public readonly record struct DatagramCounters(
    long Received, long Sent, long Dropped, long Truncated, long SendErrors, long ReceiveErrors, long? KernelDropped);
