using FastRelay.Protocol;

namespace FastRelay.Server.Devices;

/// <summary>
/// The descriptors of all devices, on disk: only issuers ask for them, so they needn't be in memory. A record is written before its device
/// is in the list and never written again while it is; a device that registers anew gets another one, and its earlier one is free. The
/// record of a device that has gone is kept for as long as its ticket could bring it back (SPEC 7.9). Thread-safe.
/// </summary>
/// <remarks>
/// Two bits a record in memory: taken, and away (its device holds no session). When every record is taken, one whose device is away
/// makes room. What a record says is believed only with its check sum, and its descriptor given out only for the device it names.
/// </remarks>
internal sealed class DescriptorStore : IDisposable
{
    private const int SweepRecords = 256;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly IRecordFile _file;
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private readonly long _startedAt;
    private readonly long _startedUnix;
    private readonly long _lifetime;
    private readonly BitRow _taken;
    private readonly BitRow _away;

    /// <summary>Takes up the records that the file holds.</summary>
    /// <param name="file">The records; the store's from now on.</param>
    /// <param name="most">Most records there may be.</param>
    /// <param name="lifetime">For how long a record is kept from its writing: the life of a session.</param>
    /// <param name="time">The clock.</param>
    public DescriptorStore(IRecordFile file, int most, TimeSpan lifetime, TimeProvider time)
    {
        _file = file;
        _time = time;
        _lifetime = (long)Math.Ceiling(lifetime.TotalSeconds);
        _startedAt = time.GetTimestamp();
        _startedUnix = time.GetUtcNow().ToUnixTimeSeconds();
        uint count = Math.Min(file.Count, (uint)most);
        _taken = new BitRow(most);
        _away = new BitRow(most);
        byte[] buffer = new byte[SweepRecords * DescriptorRecord.Size];
        for (uint first = 0; first < count; first += SweepRecords)
        {
            file.Read(first, buffer);
            for (uint i = 0; i < SweepRecords && first + i < count; i++)
            {
                if (DescriptorRecord.Expires(buffer.AsSpan((int)i * DescriptorRecord.Size)) <= Now) continue;
                _taken.Set(first + i, true);
                _away.Set(first + i, true);
            }
        }
        _sweeper = time.CreateTimer(static store => ((DescriptorStore)store!).Sweep(), this, SweepEvery, SweepEvery);
    }

    /// <summary>Records that hold a descriptor, or are about to.</summary>
    public int Count
    {
        get { lock (_gate) return _taken.Count; }
    }

    // Seconds since 1970 by the monotonic clock: someone who sets the wall clock must not make live devices lose their descriptors.
    private long Now => _startedUnix + (long)_time.GetElapsedTime(_startedAt).TotalSeconds;

    /// <summary>Writes a device's descriptor into a record of its own.</summary>
    /// <returns>False when there is no record left.</returns>
    /// <exception cref="IOException">The disk is full or failed; nothing is taken.</exception>
    public bool TryWrite(DeviceId device, ReadOnlySpan<byte> descriptor, out uint record)
    {
        lock (_gate)
        {
            if (!_taken.TryFindClear(out record))
            {
                if (!_away.TryFindSet(out record)) return false;
                _away.Set(record, false);
            }
            _taken.Set(record, true);
        }
        Span<byte> bytes = stackalloc byte[DescriptorRecord.Size];
        DescriptorRecord.Write(bytes, device, Now + _lifetime, descriptor);
        try
        {
            _file.Write(record, bytes);
            return true;
        }
        catch
        {
            Free(record);
            throw;
        }
    }

    /// <summary>The descriptor in a record, if it is that device's; null when it isn't, or isn't whole.</summary>
    public byte[]? Read(uint record, DeviceId device)
    {
        Span<byte> bytes = stackalloc byte[DescriptorRecord.Size];
        _file.Read(record, bytes);
        return DescriptorRecord.Read(bytes, device);
    }

    /// <summary>Frees a record that is that device's and that no session and no ticket will name any more.</summary>
    public void Release(uint record, DeviceId device)
    {
        Span<byte> bytes = stackalloc byte[DescriptorRecord.HeadSize];
        _file.Read(record, bytes);
        // One that was kept for it too long may have another owner by now.
        if (DescriptorRecord.Device(bytes) == device) Free(record);
    }

    /// <summary>The device that the record belongs to holds a session, or holds none any more.</summary>
    public void SetAway(uint record, bool away)
    {
        lock (_gate)
        {
            if (_taken.Get(record)) _away.Set(record, away);
        }
    }

    /// <summary>Frees the records of devices that are away and whose lifetime has passed.</summary>
    public void Sweep()
    {
        Span<byte> head = stackalloc byte[DescriptorRecord.HeadSize];
        for (uint record = 0; record < _taken.Capacity; record++)
        {
            lock (_gate)
            {
                if (!_away.TryFindSetFrom(record, out record)) return;
            }
            _file.Read(record, head);
            if (DescriptorRecord.Expires(head) > Now) continue;
            lock (_gate)
            {
                // It may have come back, or have got another owner, since it was looked at: then it isn't away.
                if (_away.Get(record)) Clear(record);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        _file.Dispose();
    }

    private void Free(uint record)
    {
        lock (_gate) Clear(record);
    }

    private void Clear(uint record)
    {
        _taken.Set(record, false);
        _away.Set(record, false);
    }
}
