namespace FastRelay.Engine.Datagrams;

/// <summary>
/// The datagrams that came together, and those that are to leave when their handler returns. Spans are good until then.
/// Datagrams leave in the order in which they were asked for.
/// </summary>
public readonly ref struct DatagramBatch
{
    private readonly DatagramBuffers _buffers;
    private readonly int _first;

    internal DatagramBatch(DatagramBuffers buffers, int first, int count, long nowMs)
    {
        _buffers = buffers;
        _first = first;
        Count = count;
        NowMs = nowMs;
    }

    /// <summary>Datagrams received, 0 to the batch size of the options.</summary>
    public int Count { get; }

    /// <summary>Monotonic milliseconds (<see cref="Timing.ShardClock"/>), read once for the whole batch.</summary>
    public long NowMs { get; }

    /// <summary>Datagrams that still find room to leave with this batch.</summary>
    public int Room => _buffers.Room;

    /// <summary>The content of a datagram, 0 to <see cref="DatagramLoopOptions.MaxDatagramSize"/> bytes. May be changed in place.</summary>
    public Span<byte> Payload(int index) => _buffers.Payload(Slot(index));

    /// <summary>Where a datagram came from.</summary>
    public DatagramAddress Source(int index) => _buffers.SourceOf(Slot(index));

    /// <summary>
    /// Room for an answer to a datagram; it leaves to that datagram's source, from the address that was asked where the
    /// system tells. The bytes are undefined and all of them must be written. Without room the bytes go nowhere, which is
    /// counted as dropped.
    /// </summary>
    /// <param name="index">The datagram that is answered.</param>
    /// <param name="length">1 to <see cref="DatagramLoopOptions.MaxDatagramSize"/> bytes.</param>
    public Span<byte> Reply(int index, int length) => _buffers.AddReply(Slot(index), length);

    /// <summary>Room for a datagram to any address. As <see cref="Reply"/> otherwise.</summary>
    public Span<byte> Send(scoped in DatagramAddress to, int length) => _buffers.AddSend(to, length);

    private int Slot(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return _buffers.SlotAt(_first + index);
    }
}
