using System.Buffers.Binary;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>
/// Datagrams on their way from the shard whose socket received them to the shard whose device they are about: where the kernel can't steer
/// them, and after the number of shards has changed. A ring of bytes with one writer and one reader, emptied by a command in the other
/// shard's loop; what finds no room is dropped and counted, as the kernel would do. Its memory comes with the first use.
/// </summary>
/// <remarks>
/// Invariant: bytes from <c>_read</c> to <c>_written</c> are whole entries; the writer alone moves <c>_written</c> on, after the bytes
/// (release), the reader alone <c>_read</c>, after it has copied them. <c>_posted</c> is 1 while the command waits: the reader clears it
/// before it looks, so an entry is seen by this run, or by the one that its writer posts.
/// </remarks>
internal sealed class HandOver(ShardCounters counters) : IDatagramCommand<DeviceDatagrams>
{
    // 1,500 heartbeats, or 400 RESUMEs: several batches.
    private const int Size = 1 << 17;
    private const int HeadSize = 20;
    private const int MostEntries = 64;

    private readonly byte[] _entry = new byte[HeadSize + DatagramLimits.MaxSize];
    private byte[]? _ring;
    private DatagramLoop<DeviceDatagrams>? _loop;
    private long _written;
    private long _read;
    private long _told;
    private int _posted;

    /// <summary>The loop that takes them; before it starts.</summary>
    public void Connect(DatagramLoop<DeviceDatagrams> loop) => _loop = loop;

    /// <summary>Takes a copy of a datagram. By the receiving shard alone, which calls <see cref="Flush"/> when its batch is done.</summary>
    public void Add(in Arrival arrival)
    {
        int length = HeadSize + arrival.Payload.Length;
        if (_written + length - Volatile.Read(ref _read) > Size)
        {
            counters.HandOverDropped();
            return;
        }
        _ring ??= new byte[Size];
        Span<byte> head = stackalloc byte[HeadSize];
        BinaryPrimitives.WriteUInt16BigEndian(head, (ushort)arrival.Payload.Length);
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], arrival.Origin.Port);
        BinaryPrimitives.WriteUInt128BigEndian(head[4..], arrival.Origin.Ip);
        Write(_written, head);
        Write(_written + HeadSize, arrival.Payload);
        Volatile.Write(ref _written, _written + length);
        counters.HandedOver();
    }

    /// <summary>Sets the other shard to work on what was added.</summary>
    public void Flush()
    {
        if (_told == _written || Interlocked.Exchange(ref _posted, 1) != 0) return;
        if (_loop is { } loop && loop.Post(this)) _told = _written;
        else Volatile.Write(ref _posted, 0);
    }

    /// <inheritdoc/>
    public void Execute(ref DeviceDatagrams handler, ref DatagramBatch output)
    {
        Interlocked.Exchange(ref _posted, 0);
        // Each may be answered, and a heartbeat may have its old path asked besides.
        for (int i = 0; i < MostEntries && output.Room >= 2 && Take(ref handler, ref output); i++)
        {
        }
        if (_read != Volatile.Read(ref _written) && Interlocked.Exchange(ref _posted, 1) == 0 && !_loop!.Post(this)) Volatile.Write(ref _posted, 0);
    }

    private bool Take(ref DeviceDatagrams handler, ref DatagramBatch output)
    {
        if (_read == Volatile.Read(ref _written)) return false;
        Read(_read, _entry.AsSpan(0, HeadSize));
        int length = BinaryPrimitives.ReadUInt16BigEndian(_entry);
        var source = new DatagramAddress(BinaryPrimitives.ReadUInt128BigEndian(_entry.AsSpan(4)), BinaryPrimitives.ReadUInt16BigEndian(_entry.AsSpan(2)));
        var payload = _entry.AsSpan(HeadSize, length);
        Read(_read + HeadSize, payload);
        Volatile.Write(ref _read, _read + HeadSize + length);
        handler.Shard.OnHandedOver(ref output, new Arrival(payload, source));
        return true;
    }

    private void Write(long at, ReadOnlySpan<byte> bytes)
    {
        int start = (int)(at & (Size - 1));
        int first = Math.Min(bytes.Length, Size - start);
        bytes[..first].CopyTo(_ring.AsSpan(start));
        bytes[first..].CopyTo(_ring);
    }

    private void Read(long at, Span<byte> bytes)
    {
        int start = (int)(at & (Size - 1));
        int first = Math.Min(bytes.Length, Size - start);
        _ring.AsSpan(start, first).CopyTo(bytes);
        _ring.AsSpan(0, bytes.Length - first).CopyTo(bytes[first..]);
    }
}
