using System.Numerics;

namespace FastRelay.Engine.Datagrams;

/// <summary>
/// A shard's memory for datagrams, allocated once: a ring of received ones and a row of those to be sent. Pinned, so that
/// a backend may hand addresses of it to the kernel. Owned by one loop; not thread-safe.
/// </summary>
internal sealed class DatagramBuffers
{
    /// <summary>Marks an outgoing datagram that answers none.</summary>
    public const int NoSlot = -1;

    private readonly byte[] _received;
    private readonly int[] _receivedLength;
    private readonly DatagramAddress[] _source;
    private readonly uint[] _sourceScope;
    private readonly byte[] _output;
    private readonly OutgoingDatagram[] _outgoing;
    private readonly byte[] _nowhere;
    private readonly int _slotMask;
    private readonly int _maxDatagram;

    public DatagramBuffers(DatagramLoopOptions options)
    {
        _maxDatagram = options.MaxDatagramSize;
        // One byte more than a datagram may have: a longer one shows by filling it, on systems that don't tell otherwise.
        Stride = (_maxDatagram + 1 + 63) & ~63;
        // One slot more than a batch: the next receive may already wait in it while the batch is worked on.
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)options.BatchSize + 1);
        _slotMask = slots - 1;
        _received = GC.AllocateArray<byte>(slots * Stride, pinned: true);
        _receivedLength = new int[slots];
        _source = new DatagramAddress[slots];
        _sourceScope = new uint[slots];
        _output = GC.AllocateArray<byte>(options.OutputCapacity * Stride, pinned: true);
        _outgoing = new OutgoingDatagram[options.OutputCapacity];
        _nowhere = new byte[_maxDatagram];
    }

    /// <summary>Bytes from one slot to the next, and what a receive may fill.</summary>
    public int Stride { get; }

    /// <summary>All receive slots.</summary>
    public byte[] Received => _received;

    /// <summary>All output slots.</summary>
    public byte[] Output => _output;

    /// <summary>Datagrams waiting to leave.</summary>
    public int OutgoingCount { get; private set; }

    /// <summary>Datagrams that found no room to leave.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Free output slots.</summary>
    public int Room => _outgoing.Length - OutgoingCount;

    /// <summary>The slot at a running position of the ring.</summary>
    public int SlotAt(int position) => position & _slotMask;

    /// <summary>Notes a datagram that has come into a slot.</summary>
    /// <returns>False when it is longer than a datagram may be.</returns>
    public bool Accept(int slot, int length, in DatagramAddress source, uint scopeId)
    {
        if (length > _maxDatagram) return false;
        _receivedLength[slot] = length;
        _source[slot] = source;
        _sourceScope[slot] = scopeId;
        return true;
    }

    public Span<byte> Payload(int slot) => _received.AsSpan(slot * Stride, _receivedLength[slot]);

    public DatagramAddress SourceOf(int slot) => _source[slot];

    public Span<byte> AddReply(int slot, int length) => Add(_source[slot], _sourceScope[slot], length, slot);

    public Span<byte> AddSend(scoped in DatagramAddress to, int length) => Add(to, 0, length, NoSlot);

    public ref readonly OutgoingDatagram OutgoingAt(int index) => ref _outgoing[index];

    public void ClearOutgoing() => OutgoingCount = 0;

    private Span<byte> Add(scoped in DatagramAddress to, uint scopeId, int length, int answers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _maxDatagram);
        if (OutgoingCount == _outgoing.Length)
        {
            Overflowed++;
            return _nowhere.AsSpan(0, length);
        }
        int index = OutgoingCount++;
        _outgoing[index] = new OutgoingDatagram(to, scopeId, length, answers);
        return _output.AsSpan(index * Stride, length);
    }
}
