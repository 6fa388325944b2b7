using Microsoft.Win32.SafeHandles;

namespace FastRelay.Server.Devices;

/// <summary>Descriptor records in a file of mode 0600; positioned reads and writes, through the system's page cache.</summary>
internal sealed class RecordFile : IRecordFile
{
    private readonly SafeFileHandle _file;

    public RecordFile(string path)
    {
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            new FileStream(path, options).Dispose();
        }
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, FileOptions.RandomAccess);
    }

    public uint Count => (uint)((RandomAccess.GetLength(_file) + DescriptorRecord.Size - 1) / DescriptorRecord.Size);

    public void Read(uint record, Span<byte> destination)
    {
        long at = (long)record * DescriptorRecord.Size;
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_file, destination, at);
            if (read == 0)
            {
                destination.Clear();
                return;
            }
            destination = destination[read..];
            at += read;
        }
    }

    public void Write(uint record, ReadOnlySpan<byte> source) => RandomAccess.Write(_file, source, (long)record * DescriptorRecord.Size);

    public void Dispose() => _file.Dispose();
}
