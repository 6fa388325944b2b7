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
        var file = Open(capacity: 50);
        byte[] read = new byte[Size];
        for (int step = 0; step < 2_000; step++)
        {
            switch (random.Next(6))
            {
                case < 2:
                    byte fill = (byte)random.Next(256);
                    var status = file.TryAdd(Content(fill), out uint number);
                    status.ShouldBe(plain.Count < 50 ? RecordWriteStatus.Written : RecordWriteStatus.Full);
                    if (status == RecordWriteStatus.Written) plain.Add(number, fill);
                    break;
                case 2 when plain.Count > 0:
                    uint freed = plain.Keys.ElementAt(random.Next(plain.Count));
                    file.Free(freed).ShouldBeTrue();
                    file.Free(freed).ShouldBeFalse();
                    file.TryWrite(freed, Content(1)).ShouldBe(RecordWriteStatus.Failed);
                    plain.Remove(freed);
                    break;
                case 3 when plain.Count > 0:
                    uint written = plain.Keys.ElementAt(random.Next(plain.Count));
                    file.TryWrite(written, Content(plain[written] = (byte)step)).ShouldBe(RecordWriteStatus.Written);
                    break;
                case 4 when random.Next(20) == 0:
                    file.Dispose();
                    file = Open(capacity: 50);
                    while (file.Sweep(most: 7, (found, _) => !plain.ContainsKey(found)))
                    {
                        // The next seven.
                    }
                    break;
                default:
                    if (plain.Count == 0) break;
                    uint looked = plain.Keys.ElementAt(random.Next(plain.Count));
                    file.TryRead(looked, read).ShouldBeTrue();
                    read.ShouldBe(Content(plain[looked]));
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
            for (byte i = 0; i < 3; i++) file.TryAdd(Content(i), out _).ShouldBe(RecordWriteStatus.Written);
        }
        byte[] bytes = File.ReadAllBytes(_path);
        bytes.Length.ShouldBe(4096 + (3 * 256));
        // The second was cut off before its end, the fourth is a hole, the fifth was cut off by the end of the file.
        bytes.AsSpan(4096 + 256 + 100, 100).Clear();
        File.WriteAllBytes(_path, [.. bytes, .. new byte[256 + 100]]);

        using var after = Open();
        byte[] read = new byte[Size];
        after.End.ShouldBe(4u);
        bool[] whole = [.. Enumerable.Range(0, 6).Select(number => after.TryRead((uint)number, read))];
        whole.ShouldBe([true, false, true, false, false, false]);
        after.TryRead(uint.MaxValue, read).ShouldBeFalse();
    }

    [Fact]
    public void A_record_in_anothers_place_reads_as_none()
    {
        using (var file = Open())
        {
            for (byte i = 0; i < 2; i++) file.TryAdd(Content(7), out _).ShouldBe(RecordWriteStatus.Written);
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
        using (var file = Open(contentSize: 13)) file.TryAdd(new byte[13], out _).ShouldBe(RecordWriteStatus.Written);
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
    public void A_sweep_looks_at_no_more_records_than_it_was_told_and_comes_round()
    {
        using (var file = Open())
        {
            for (byte i = 0; i < 10; i++) file.TryAdd(Content(i), out _);
        }
        using var after = Open();
        var seen = new List<uint>();
        bool Look(uint number, ReadOnlySpan<byte> content)
        {
            content[0].ShouldBe((byte)number);
            seen.Add(number);
            return number is 4 or 8;
        }
        after.Sweep(6, Look).ShouldBeTrue();
        seen.ShouldBe([0, 1, 2, 3, 4, 5]);
        after.Sweep(6, Look).ShouldBeFalse();
        seen.ShouldBe([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        seen.Clear();
        after.Sweep(100, Look).ShouldBeFalse();
        seen.ShouldBe([0, 1, 2, 3, 5, 6, 7, 9]);
    }

    [Fact]
    public void A_sweep_frees_nothing_that_its_owner_has_freed_or_written_meanwhile()
    {
        using var file = Open(capacity: 2);
        file.TryAdd(Content(1), out uint freed);
        file.TryAdd(Content(2), out uint written);
        uint again = uint.MaxValue;
        file.Sweep(10, (number, _) =>
        {
            if (number == freed)
            {
                file.Free(freed).ShouldBeTrue();
                file.TryAdd(Content(3), out again).ShouldBe(RecordWriteStatus.Written);
            }
            else
            {
                file.TryWrite(written, Content(4)).ShouldBe(RecordWriteStatus.Written);
            }
            return true;
        }).ShouldBeFalse();
        again.ShouldBe(freed);
        file.TryAdd(Content(5), out _).ShouldBe(RecordWriteStatus.Full);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_full_disk_is_told_and_takes_no_number()
    {
        if (!OperatingSystem.IsLinux()) return;
        // Every write to it fails with ENOSPC (full(4)).
        using var file = new FixedRecordFile(new FileStream("/dev/full", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0), Size, capacity: 10);
        for (int i = 0; i < 20; i++)
        {
            file.TryAdd(Content(1), out uint number).ShouldBe(RecordWriteStatus.DiskFull);
            number.ShouldBe(0u);
        }
        file.End.ShouldBe(1u);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        using var file = Open();
        file.TryAdd(Content(1), out uint number);
        byte[] read = new byte[Size];
        for (int i = 0; i < 100; i++) file.TryRead(number, read);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) file.TryRead(number, read);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Threads_that_add_and_free_never_get_the_same_record()
    {
        using var file = Open(capacity: 400);
        Parallel.For(0, 4, worker =>
        {
            var random = new Random(worker);
            byte[] read = new byte[Size];
            var mine = new Queue<uint>();
            for (int i = 0; i < 2_000; i++)
            {
                if (mine.Count < 100 && random.Next(2) == 0)
                {
                    if (file.TryAdd(Content((byte)worker), out uint added) != RecordWriteStatus.Written) throw new InvalidOperationException("There is room for all.");
                    mine.Enqueue(added);
                }
                else if (mine.TryDequeue(out uint number))
                {
                    if (!file.TryRead(number, read) || read[0] != worker || read[^1] != worker) throw new InvalidOperationException("Another thread's record.");
                    if (!file.Free(number)) throw new InvalidOperationException("It was freed by another.");
                }
            }
        });
        file.End.ShouldBeLessThanOrEqualTo(400u);
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
