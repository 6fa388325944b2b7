using FastRelay.Engine.Files;
using FastRelay.Protocol;
using FastRelay.Server.Data;

namespace FastRelay.Server.Devices;

/// <summary>
/// The descriptors of all devices, on disk: only issuers ask for them, so they needn't be in memory. A record is written before its device
/// is in the list and never written again while it is; a device that registers anew gets another one, and its earlier one is free. The
/// record of a device that has gone is kept for as long as its ticket could bring it back (SPEC 7.9). Thread-safe.
/// </summary>
/// <remarks>
/// Two bits a record in memory: taken, and away (its device holds no session). When every record is taken, one whose device is away
/// makes room. A descriptor is given out only for the device that its record names.
/// </remarks>
internal sealed class DescriptorStore : IDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly FixedRecordFile _file;
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private readonly long _startedAt;
    private readonly long _startedUnix;
    private readonly long _lifetime;
    private readonly BitRow _taken;
    private readonly BitRow _away;

    private DescriptorStore(FixedRecordFile file, int most, TimeSpan lifetime, TimeProvider time)
    {
        _file = file;
        _time = time;
        _lifetime = (long)Math.Ceiling(lifetime.TotalSeconds);
        _startedAt = time.GetTimestamp();
        _startedUnix = time.GetUtcNow().ToUnixTimeSeconds();
        _taken = new BitRow(most);
        _away = new BitRow(most);
        _sweeper = time.CreateTimer(static store => ((DescriptorStore)store!).Sweep(), this, SweepEvery, SweepEvery);
    }

    /// <summary>Opens the file, or makes it, and takes up the records that it holds.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Most records there may be.</param>
    /// <param name="lifetime">For how long a record is kept from its writing: the life of a session.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="DataDirectoryException">The file can't be used.</exception>
    public static DescriptorStore Open(string path, int most, TimeSpan lifetime, TimeProvider time)
    {
        var status = FixedRecordFile.TryOpen(path, DescriptorRecord.Version, DescriptorRecord.Size, (uint)most, out var file);
        if (file is null) throw new DataDirectoryException($"{path} can't be used: {Remedy(status)}");
        var store = new DescriptorStore(file, most, lifetime, time);
        if (store.TryLoad()) return store;
        store.Dispose();
        throw new DataDirectoryException($"{path} can't be read: the disk failed.");
    }

    /// <summary>Records that hold a descriptor, or are about to.</summary>
    public int Count
    {
        get { lock (_gate) return _taken.Count; }
    }

    // Seconds since 1970 by the monotonic clock: someone who sets the wall clock must not make live devices lose their descriptors.
    private long Now => _startedUnix + (long)_time.GetElapsedTime(_startedAt).TotalSeconds;

    /// <summary>Writes a device's descriptor into a record of its own.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="descriptor">As it was registered.</param>
    /// <param name="record">Its number; nothing unless <see cref="RecordWriteStatus.Written"/>.</param>
    public RecordWriteStatus TryWrite(DeviceId device, ReadOnlySpan<byte> descriptor, out uint record)
    {
        lock (_gate)
        {
            if (!_taken.TryFindClear(out record))
            {
                if (!_away.TryFindSet(out record)) return RecordWriteStatus.Full;
                _away.Set(record, false);
            }
            _taken.Set(record, true);
        }
        Span<byte> bytes = stackalloc byte[DescriptorRecord.Size];
        DescriptorRecord.Write(bytes, device, Now + _lifetime, descriptor);
        var status = _file.TryWrite(record, bytes);
        if (status != RecordWriteStatus.Written) Free(record);
        return status;
    }

    /// <summary>The descriptor in a record, if it is that device's; null when it isn't, or can't be read.</summary>
    public byte[]? Read(uint record, DeviceId device)
    {
        Span<byte> bytes = stackalloc byte[DescriptorRecord.Size];
        return _file.TryRead(record, bytes) && DescriptorRecord.Device(bytes) == device ? DescriptorRecord.Content(bytes).ToArray() : null;
    }

    /// <summary>Frees a record that is that device's and that no session and no ticket will name any more.</summary>
    public void Release(uint record, DeviceId device)
    {
        Span<byte> bytes = stackalloc byte[DescriptorRecord.Size];
        // One that was kept for it too long may have another owner by now.
        if (_file.TryRead(record, bytes) && DescriptorRecord.Device(bytes) == device) Free(record);
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
        Span<byte> bytes = stackalloc byte[DescriptorRecord.Size];
        for (uint record = 0; record < _taken.Capacity; record++)
        {
            lock (_gate)
            {
                if (!_away.TryFindSetFrom(record, out record)) return;
            }
            if (_file.TryRead(record, bytes) && DescriptorRecord.Expires(bytes) > Now) continue;
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

    private static string Remedy(RecordFileStatus status) => status switch
    {
        RecordFileStatus.InUse => "another process has it open.",
        RecordFileStatus.NoAccess => "it can't be read and written; it must belong to the server's user.",
        RecordFileStatus.NoRoom => "the disk is full or failed.",
        _ => "it isn't a file of descriptors of this version. Remove it: each device can be asked for again when it has registered anew.",
    };

    /// <returns>False when the disk failed.</returns>
    private bool TryLoad() => _file.Scan((record, content) =>
    {
        if (DescriptorRecord.Expires(content) <= Now) return;
        _taken.Set(record, true);
        _away.Set(record, true);
    });

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
