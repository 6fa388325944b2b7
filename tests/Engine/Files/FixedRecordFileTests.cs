using System.Runtime.Versioning;
using FastRelay.Engine.Files;

namespace FastRelay.Engine.Tests.Files;

public sealed class FixedRecordFileTests : IDisposable
{
    private const int Size = 252;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly string _path;

    public FixedRecordFileTests()
    {
        PrivateFile.CreateDirectory(_directory);
        _path = Path.Combine(_directory, "records");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_does_what_a_dictionary_does_also_after_it_was_opened_again(int seed)
    {
        var random = new Random(seed);
        var plain = new Dictionary<uint, byte>();
        var file = Open(capacity: 600);
        byte[] read = new byte[Size];
        for (int step = 0; step < 3_000; step++)
        {
            uint number = (uint)random.Next(600);
            switch (random.Next(40))
            {
                case 0:
                    file.Dispose();
                    file = Open(capacity: 600);
                    var found = new Dictionary<uint, byte>();
                    file.Scan((record, content) => found.Add(record, content[0])).ShouldBeTrue();
                    found.ShouldBe(plain, ignoreOrder: true);
                    break;
                case < 20:
                    file.TryWrite(number, Content(plain[number] = (byte)random.Next(256))).ShouldBe(RecordWriteStatus.Written);
                    break;
                default:
                    file.TryRead(number, read).ShouldBe(plain.TryGetValue(number, out byte fill));
                    if (plain.ContainsKey(number)) read.ShouldBe(Content(fill));
                    break;
            }
        }
        file.Dispose();
    }

    [Fact]
    public void A_record_that_was_never_completed_reads_as_none()
    {
        using (var file = Open())
        {
            for (byte i = 0; i < 3; i++) file.TryWrite(i, Content(i)).ShouldBe(RecordWriteStatus.Written);
        }
        byte[] bytes = File.ReadAllBytes(_path);
        bytes.Length.ShouldBe(4096 + (3 * 256));
        // The second was cut off before its end, the fourth is a hole, the fifth was cut off by the end of the file.
        bytes.AsSpan(4096 + 256 + 100, 100).Clear();
        File.WriteAllBytes(_path, [.. bytes, .. new byte[256 + 100]]);

        using var after = Open();
        byte[] read = new byte[Size];
        bool[] whole = [.. Enumerable.Range(0, 6).Select(number => after.TryRead((uint)number, read))];
        whole.ShouldBe([true, false, true, false, false, false]);
        after.TryRead(uint.MaxValue, read).ShouldBeFalse();
        var seen = new List<uint>();
        after.Scan((number, _) => seen.Add(number)).ShouldBeTrue();
        seen.ShouldBe([0u, 2u]);
    }

    [Fact]
    public void A_record_in_anothers_place_reads_as_none()
    {
        using (var file = Open())
        {
            for (byte i = 0; i < 2; i++) file.TryWrite(i, Content(7)).ShouldBe(RecordWriteStatus.Written);
        }
        byte[] bytes = File.ReadAllBytes(_path);
        bytes.AsSpan(4096, 256).CopyTo(bytes.AsSpan(4096 + 256));
        File.WriteAllBytes(_path, bytes);
        using var after = Open();
        after.TryRead(0, new byte[Size]).ShouldBeTrue();
        after.TryRead(1, new byte[Size]).ShouldBeFalse();
    }

    [Fact]
    public void Any_flipped_bit_is_noticed()
    {
        using (var file = Open(contentSize: 13)) file.TryWrite(0, new byte[13]).ShouldBe(RecordWriteStatus.Written);
        byte[] whole = File.ReadAllBytes(_path);
        for (int bit = 0; bit < 17 * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[4096 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(_path, flipped);
            using var after = Open(contentSize: 13);
            after.TryRead(0, new byte[13]).ShouldBeFalse();
        }
    }

    [Fact]
    public void No_number_reaches_the_capacity()
    {
        using (var large = Open(capacity: 3)) large.TryWrite(2, Content(1)).ShouldBe(RecordWriteStatus.Written);
        using var file = Open(capacity: 2);
        file.TryWrite(2, Content(1)).ShouldBe(RecordWriteStatus.Full);
        file.TryWrite(uint.MaxValue, Content(1)).ShouldBe(RecordWriteStatus.Full);
        file.Scan((_, _) => throw new InvalidOperationException("It has no such record.")).ShouldBeTrue();
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_full_disk_is_told()
    {
        if (!OperatingSystem.IsLinux()) return;
        // Every write to it fails with ENOSPC (full(4)).
        using var file = new FixedRecordFile(new FileStream("/dev/full", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0), Size, capacity: 10);
        file.TryWrite(3, Content(1)).ShouldBe(RecordWriteStatus.DiskFull);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        using var file = Open();
        file.TryWrite(0, Content(1)).ShouldBe(RecordWriteStatus.Written);
        byte[] read = new byte[Size];
        for (int i = 0; i < 100; i++) file.TryRead(0, read);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) file.TryRead(0, read);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void The_file_is_its_owners_alone_and_in_use_by_one()
    {
        using var file = Open();
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(_path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        FixedRecordFile.TryOpen(_path, version: 1, Size, capacity: 10, out var second).ShouldBe(RecordFileStatus.InUse);
        second.ShouldBeNull();
        file.Flush().ShouldBeTrue();
    }

    [Fact]
    public void A_file_of_another_kind_is_refused_with_the_reason()
    {
        Open().Dispose();
        TryOpen(version: 2, Size).ShouldBe(RecordFileStatus.OtherVersion);
        TryOpen(version: 1, Size - 1).ShouldBe(RecordFileStatus.OtherSize);
        PrivateFile.Replace(_path, "something else, and longer"u8);
        TryOpen(version: 1, Size).ShouldBe(RecordFileStatus.NotOurs);
        FixedRecordFile.TryOpen(Path.Combine(_directory, "not", "there"), version: 1, Size, capacity: 1, out _).ShouldBe(RecordFileStatus.NoAccess);
    }

    private static byte[] Content(byte fill)
    {
        byte[] content = new byte[Size];
        content.AsSpan().Fill(fill);
        return content;
    }

    private RecordFileStatus TryOpen(uint version, int contentSize) => FixedRecordFile.TryOpen(_path, version, contentSize, capacity: 10, out _);

    private FixedRecordFile Open(int contentSize = Size, uint capacity = 100)
    {
        FixedRecordFile.TryOpen(_path, version: 1, contentSize, capacity, out var file).ShouldBe(RecordFileStatus.Ready);
        return file!;
    }
}
