using System.Buffers.Binary;
using System.Numerics;

namespace FastRelay.Engine.Files;

/// <summary>
/// Records of one size in one file of mode 0600, by number: for what is written once and asked for seldom, so that it takes room on the disk
/// and none in the process. Each record carries a check of its bytes and number, so that one which was never completed is told apart.
/// </summary>
/// <remarks>
/// Every member may be called from any thread. Which numbers are in use is its owner's business; one record has one writer at a time.
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
    private const int ScannedAtOnce = 256;
    private const ulong Magic = 0x0073_6472_6365_5246; // "FRecrds" and a zero
    private const uint Version = 1;
    private const int SharingViolation = 11; // EWOULDBLOCK of flock(2), which the base library takes for FileShare.None
    private const int SharingViolationOnWindows = unchecked((int)0x80070020);
    private const int NoSpaceOnUnix = 28; // ENOSPC
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    private readonly FileStream _file;
    private readonly int _recordSize;
    private readonly uint _capacity;

    internal FixedRecordFile(FileStream file, int contentSize, uint capacity)
    {
        _file = file;
        _recordSize = contentSize + CheckSize;
        _capacity = capacity;
    }

    /// <summary>Bytes of content of each record.</summary>
    public int ContentSize => _recordSize - CheckSize;

    /// <summary>
    /// Opens a file with the records that are in it (<see cref="Scan"/>), or makes it. One process at a time has it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="version">The layout of a record's content: raise it when that changes.</param>
    /// <param name="contentSize">Bytes of a record, 1 to <see cref="MostContentSize"/>.</param>
    /// <param name="capacity">Most records: every number is below.</param>
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

    /// <summary>Writes a record. Unless it is written whole, the one that was there may be gone.</summary>
    /// <param name="number">Below the capacity.</param>
    /// <param name="content">Exactly <see cref="ContentSize"/> bytes.</param>
    public RecordWriteStatus TryWrite(uint number, ReadOnlySpan<byte> content)
    {
        if (content.Length != ContentSize) throw new ArgumentException("A record has one size.", nameof(content));
        if (number >= _capacity) return RecordWriteStatus.Full;
        Span<byte> record = stackalloc byte[MostRecordSize];
        record = record[.._recordSize];
        content.CopyTo(record);
        BinaryPrimitives.WriteUInt32LittleEndian(record[ContentSize..], Check(number, content));
        return TryWriteBytes(_file, record, PositionOf(number));
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
            if (ReadBytes(number, record) < record.Length) return false;
            if (!IsWhole(number, record)) continue;
            record[..ContentSize].CopyTo(content);
            return true;
        }
        return false;
    }

    /// <summary>Shows all records that are whole, in the order of their numbers; nobody writes meanwhile.</summary>
    /// <returns>False when the disk failed: what comes behind that place wasn't seen.</returns>
    public bool Scan(RecordVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        byte[] records = new byte[ScannedAtOnce * _recordSize];
        uint count = (uint)Math.Min(_capacity, Math.Max(0, _file.Length - HeaderRoom) / _recordSize);
        for (uint first = 0; first < count; first += ScannedAtOnce)
        {
            int read = ReadBytes(first, records);
            if (read < 0) return false;
            int whole = (int)Math.Min(read / _recordSize, count - first);
            for (int i = 0; i < whole; i++)
            {
                ReadOnlySpan<byte> record = records.AsSpan(i * _recordSize, _recordSize);
                if (IsWhole(first + (uint)i, record)) visit(first + (uint)i, record[..ContentSize]);
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

    private bool IsWhole(uint number, ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[ContentSize..]) == Check(number, record[..ContentSize]);

    /// <returns>Bytes read: fewer than asked for at the end of the file, −1 when the disk failed.</returns>
    private int ReadBytes(uint first, Span<byte> records)
    {
        try
        {
            int all = 0;
            while (all < records.Length)
            {
                int read = RandomAccess.Read(_file.SafeFileHandle, records[all..], PositionOf(first) + all);
                if (read == 0) break;
                all += read;
            }
            return all;
        }
        catch (IOException)
        {
            return -1;
        }
    }

    private long PositionOf(uint number) => HeaderRoom + ((long)number * _recordSize);
}
