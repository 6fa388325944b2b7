using System.Buffers.Binary;
using System.Numerics;

namespace FastRelay.Engine.Files;

/// <summary>
/// Records of one size in one file of mode 0600, by number: for what is written once and asked for seldom, so that it takes room on the disk
/// and none in the process. Each record carries a check of its bytes and number, so that one which was never completed is told apart.
/// </summary>
/// <remarks>
/// Every member may be called from any thread. A record belongs to whoever added it: he alone writes it again and frees it, and a reader who
/// has only its number compares what he reads with what he looks for. A freed record reads as it was until its place is used again.
/// <code>
///    0  u64  magic     8  u32  version of the file     12  u32  version of the records     16  u32  bytes of a record      (little-endian)
/// 4096  record 0: content ‖ u32 CRC-32C of its number and content;  record 1; …
/// </code>
/// Records of 256 bytes (252 of content) never lie across two pages, so that a write of one is never half done by the system.
/// </remarks>
public sealed class FixedRecordFile : IDisposable
{
    /// <summary>Bytes of a record that aren't content.</summary>
    public const int CheckSize = 4;

    /// <summary>Most bytes of content.</summary>
    public const int MostContentSize = MostRecordSize - CheckSize;

    private const int MostRecordSize = 256;
    private const int HeaderRoom = 4096;
    private const int HeaderSize = 20;
    private const ulong Magic = 0x0073_6472_6365_5246; // "FRecrds" and a zero
    private const uint Version = 1;
    private const int SharingViolation = 11; // EWOULDBLOCK of flock(2), which the base library takes for FileShare.None
    private const int SharingViolationOnWindows = unchecked((int)0x80070020);
    private const int NoSpaceOnUnix = 28; // ENOSPC
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private readonly RecordNumbers _numbers;
    private readonly int _recordSize;
    // Being written: not whole yet, and not for the sweep to judge.
    private readonly HashSet<uint> _writing = [];
    private uint _sweepAt;
    // What the sweep is judging; taken from it when its owner frees it or writes it meanwhile.
    private uint? _judged;

    internal FixedRecordFile(FileStream file, int contentSize, uint capacity)
    {
        _file = file;
        _recordSize = contentSize + CheckSize;
        long records = Math.Max(0, file.Length - HeaderRoom) / _recordSize;
        _numbers = new RecordNumbers((uint)Math.Min(records, uint.MaxValue), capacity);
    }

    /// <summary>Bytes of content of each record.</summary>
    public int ContentSize => _recordSize - CheckSize;

    /// <summary>All record numbers are below.</summary>
    public uint End
    {
        get
        {
            lock (_gate) return _numbers.End;
        }
    }

    /// <summary>
    /// Opens a file, or makes it. All records that are in it count as in use until <see cref="Sweep"/> is told otherwise.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="version">The layout of a record's content: raise it when that changes.</param>
    /// <param name="contentSize">Bytes of a record, 1 to <see cref="MostContentSize"/>.</param>
    /// <param name="capacity">Most records.</param>
    /// <param name="file">The file; null unless <see cref="RecordFileStatus.Ready"/>.</param>
    public static RecordFileStatus TryOpen(string path, uint version, int contentSize, uint capacity, out FixedRecordFile? file)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contentSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(contentSize, MostContentSize);
        file = null;
        FileStream? stream = null;
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = PrivateFile.FileMode;
            stream = new FileStream(path, options);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(stream.SafeFileHandle, PrivateFile.FileMode);
            var status = stream.Length == 0 ? WriteHeader(stream, version, contentSize + CheckSize) : Examine(stream, version, contentSize + CheckSize);
            if (status == RecordFileStatus.Ready)
            {
                file = new FixedRecordFile(stream, contentSize, capacity);
                stream = null;
            }
            return status;
        }
        catch (IOException e) when (e.HResult is SharingViolation or SharingViolationOnWindows)
        {
            return RecordFileStatus.InUse;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return RecordFileStatus.NoAccess;
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Adds a record.</summary>
    /// <param name="content">Exactly <see cref="ContentSize"/> bytes.</param>
    /// <param name="number">The record's number from now on; 0 unless <see cref="RecordWriteStatus.Written"/>.</param>
    public RecordWriteStatus TryAdd(ReadOnlySpan<byte> content, out uint number)
    {
        CheckSizeOf(content);
        lock (_gate)
        {
            if (!_numbers.TryTake(out number))
            {
                number = 0;
                return RecordWriteStatus.Full;
            }
            _writing.Add(number);
        }
        var status = Write(number, content);
        lock (_gate)
        {
            _writing.Remove(number);
            if (status == RecordWriteStatus.Written) return status;
            _numbers.TryGive(number);
        }
        number = 0;
        return status;
    }

    /// <summary>Writes a record again, in its place. When that fails, the record may be neither as it was nor as it should be.</summary>
    /// <param name="number">From <see cref="TryAdd"/>, or what an earlier process had from it.</param>
    /// <param name="content">Exactly <see cref="ContentSize"/> bytes.</param>
    public RecordWriteStatus TryWrite(uint number, ReadOnlySpan<byte> content)
    {
        CheckSizeOf(content);
        lock (_gate)
        {
            if (number >= _numbers.End || _numbers.IsFree(number)) return RecordWriteStatus.Failed;
            if (_judged == number) _judged = null;
            _writing.Add(number);
        }
        var status = Write(number, content);
        lock (_gate) _writing.Remove(number);
        return status;
    }

    /// <summary>Reads a record. Nothing is allocated.</summary>
    /// <param name="number">Any number.</param>
    /// <param name="content">Takes <see cref="ContentSize"/> bytes; untouched unless they are whole.</param>
    /// <returns>False when there is no such record, it was never completed, or the disk failed.</returns>
    public bool TryRead(uint number, Span<byte> content)
    {
        if (content.Length < ContentSize) throw new ArgumentException("There is no room for a record.", nameof(content));
        Span<byte> record = stackalloc byte[MostRecordSize];
        record = record[.._recordSize];
        // Twice: the first may have met a write of this very record.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            if (!TryReadBytes(number, record)) return false;
            if (BinaryPrimitives.ReadUInt32LittleEndian(record[ContentSize..]) != Check(number, record[..ContentSize])) continue;
            record[..ContentSize].CopyTo(content);
            return true;
        }
        return false;
    }

    /// <summary>Gives a record's place back.</summary>
    /// <returns>False when it isn't in use.</returns>
    public bool Free(uint number)
    {
        lock (_gate)
        {
            if (_judged == number) _judged = null;
            return _numbers.TryGive(number);
        }
    }

    /// <summary>
    /// Looks at some of the records in use and frees those that nobody will ask for; goes on where it stopped. To be called again and again in
    /// the background after an old file was opened, and as often as records may have become free by themselves. By one thread at a time.
    /// </summary>
    /// <param name="most">Records to look at, so that one call takes bounded time.</param>
    /// <param name="isFree">Decides; called without a lock, also for records that were added meanwhile.</param>
    /// <returns>Whether records are left in this round; after false the next call begins another.</returns>
    public bool Sweep(int most, RecordIsFree isFree)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        ArgumentNullException.ThrowIfNull(isFree);
        Span<byte> content = stackalloc byte[MostContentSize];
        content = content[..ContentSize];
        for (; most > 0; most--, _sweepAt++)
        {
            lock (_gate)
            {
                if (_sweepAt >= _numbers.End)
                {
                    _sweepAt = 0;
                    return false;
                }
                if (_numbers.IsFree(_sweepAt) || _writing.Contains(_sweepAt)) continue;
                _judged = _sweepAt;
            }
            if (!isFree(_sweepAt, TryRead(_sweepAt, content) ? content : default)) continue;
            lock (_gate)
            {
                if (_judged == _sweepAt) _numbers.TryGive(_sweepAt);
                _judged = null;
            }
        }
        return true;
    }

    /// <summary>Waits until what was written is on the disk.</summary>
    /// <returns>False when the disk failed.</returns>
    public bool Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_file.SafeFileHandle);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Closes the file. Nobody may use it any more.</summary>
    public void Dispose() => _file.Dispose();

    private static RecordFileStatus WriteHeader(FileStream file, uint version, int recordSize)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], version);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], recordSize);
        return TryWriteBytes(file, header, 0) == RecordWriteStatus.Written ? RecordFileStatus.Ready : RecordFileStatus.NoRoom;
    }

    private static RecordFileStatus Examine(FileStream file, uint version, int recordSize)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (RandomAccess.Read(file.SafeFileHandle, header, 0) < HeaderSize || BinaryPrimitives.ReadUInt64LittleEndian(header) != Magic)
            return RecordFileStatus.NotOurs;
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != Version || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != version)
            return RecordFileStatus.OtherVersion;
        return BinaryPrimitives.ReadInt32LittleEndian(header[16..]) == recordSize ? RecordFileStatus.Ready : RecordFileStatus.OtherSize;
    }

    private static RecordWriteStatus TryWriteBytes(FileStream file, ReadOnlySpan<byte> bytes, long at)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, bytes, at);
            return RecordWriteStatus.Written;
        }
        catch (IOException e)
        {
            return e.HResult is NoSpaceOnUnix or DiskFullOnWindows ? RecordWriteStatus.DiskFull : RecordWriteStatus.Failed;
        }
    }

    /// <summary>CRC-32C (RFC 3720 B.4), of the number too: a record in another's place isn't taken for it.</summary>
    private static uint Check(uint number, ReadOnlySpan<byte> content)
    {
        uint check = BitOperations.Crc32C(uint.MaxValue, number);
        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..])
            check = BitOperations.Crc32C(check, BinaryPrimitives.ReadUInt64LittleEndian(content));
        foreach (byte b in content) check = BitOperations.Crc32C(check, b);
        return ~check;
    }

    private void CheckSizeOf(ReadOnlySpan<byte> content)
    {
        if (content.Length != ContentSize) throw new ArgumentException("A record has one size.", nameof(content));
    }

    private RecordWriteStatus Write(uint number, ReadOnlySpan<byte> content)
    {
        Span<byte> record = stackalloc byte[MostRecordSize];
        record = record[.._recordSize];
        content.CopyTo(record);
        BinaryPrimitives.WriteUInt32LittleEndian(record[ContentSize..], Check(number, content));
        return TryWriteBytes(_file, record, PositionOf(number));
    }

    private bool TryReadBytes(uint number, Span<byte> record)
    {
        try
        {
            return RandomAccess.Read(_file.SafeFileHandle, record, PositionOf(number)) == record.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private long PositionOf(uint number) => HeaderRoom + ((long)number * _recordSize);
}
