using System.Security.Cryptography;
using FastRelay.Engine.Files;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Server.Data;
using FastRelay.Server.Devices;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests.Devices;

public sealed class DescriptorStoreTests : IDisposable
{
    private const int RecordSize = DescriptorRecord.Size + FixedRecordFile.CheckSize;
    private static readonly TimeSpan Life = TimeSpan.FromDays(7);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"fastrelay-descriptors-{Guid.NewGuid():N}");
    private readonly ManualTimeProvider _time = new();
    private DescriptorStore _store;

    public DescriptorStoreTests() => _store = Open();

    public void Dispose()
    {
        _store.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void A_descriptor_is_read_for_the_device_that_it_belongs_to_and_no_other()
    {
        byte[] descriptor = RandomNumberGenerator.GetBytes(Descriptor.Size);
        _store.TryWrite(Id(1), descriptor, out uint record).ShouldBe(RecordWriteStatus.Written);
        _store.Read(record, Id(1)).ShouldBe(descriptor);
        _store.Read(record, Id(2)).ShouldBeNull();
        _store.Read(record + 1, Id(1)).ShouldBeNull("nothing was written there");
        _store.Read(uint.MaxValue, Id(1)).ShouldBeNull();
    }

    [Fact]
    public void A_record_that_is_not_whole_is_not_given_out_and_takes_no_place()
    {
        _store.TryWrite(Id(1), new byte[Descriptor.Size], out uint broken).ShouldBe(RecordWriteStatus.Written);
        _store.TryWrite(Id(2), new byte[Descriptor.Size], out uint whole).ShouldBe(RecordWriteStatus.Written);
        _store.Dispose();
        using (var file = new FileStream(_path, FileMode.Open))
        {
            file.Position = file.Length - (2 * RecordSize) + 24;
            file.WriteByte(1);
        }
        _store = Open();
        _store.Count.ShouldBe(1);
        _store.Read(broken, Id(1)).ShouldBeNull();
        _store.Read(whole, Id(2)).ShouldNotBeNull();
    }

    [Fact]
    public void A_file_of_something_else_stops_the_start_with_the_remedy()
    {
        _store.Dispose();
        File.WriteAllText(_path, "something else, and longer than a header");
        Should.Throw<DataDirectoryException>(() => Open()).Message.ShouldContain("Remove it");
        File.Delete(_path);
        _store = Open();
        Should.Throw<DataDirectoryException>(() => Open()).Message.ShouldContain("another process");
    }

    [Fact]
    public void Descriptors_outlive_the_process_and_their_records_are_not_taken_by_others()
    {
        byte[] descriptor = RandomNumberGenerator.GetBytes(Descriptor.Size);
        _store.TryWrite(Id(1), descriptor, out uint record).ShouldBe(RecordWriteStatus.Written);
        _store.Dispose();
        _store = Open();
        _store.Count.ShouldBe(1);
        _store.Read(record, Id(1)).ShouldBe(descriptor);
        _store.TryWrite(Id(2), descriptor, out uint other).ShouldBe(RecordWriteStatus.Written);
        other.ShouldNotBe(record);
    }

    [Fact]
    public void A_file_is_readable_by_its_owner_alone() =>
        (OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(_path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)).ShouldBe(UnixFileMode.None);

    [Fact]
    public void A_record_is_kept_while_a_ticket_may_bring_its_device_back_and_freed_after()
    {
        _store.TryWrite(Id(1), new byte[Descriptor.Size], out uint away).ShouldBe(RecordWriteStatus.Written);
        _store.TryWrite(Id(2), new byte[Descriptor.Size], out uint here).ShouldBe(RecordWriteStatus.Written);
        _store.SetAway(away, away: true);
        _time.Advance(Life - TimeSpan.FromMinutes(1));
        _store.Count.ShouldBe(2);
        _time.Advance(TimeSpan.FromHours(2));
        _store.Count.ShouldBe(1, "the hourly sweep has freed the one whose device is away");
        _store.Read(here, Id(2)).ShouldNotBeNull();
    }

    [Fact]
    public void A_wall_clock_that_jumps_frees_nothing()
    {
        _store.TryWrite(Id(1), new byte[Descriptor.Size], out uint record).ShouldBe(RecordWriteStatus.Written);
        _store.SetAway(record, away: true);
        _time.JumpWallClock(TimeSpan.FromDays(365));
        _time.Advance(TimeSpan.FromHours(2));
        _store.Count.ShouldBe(1);
    }

    [Fact]
    public void A_full_file_makes_room_at_the_cost_of_a_device_that_is_away_and_of_no_other()
    {
        _store.Dispose();
        _store = Open(most: 3);
        uint[] records = new uint[3];
        for (int i = 0; i < 3; i++) _store.TryWrite(Id(i), new byte[Descriptor.Size], out records[i]).ShouldBe(RecordWriteStatus.Written);
        _store.TryWrite(Id(3), new byte[Descriptor.Size], out _).ShouldBe(RecordWriteStatus.Full);
        _store.SetAway(records[1], away: true);
        _store.TryWrite(Id(3), new byte[Descriptor.Size], out uint record).ShouldBe(RecordWriteStatus.Written);
        record.ShouldBe(records[1]);
        _store.TryWrite(Id(4), new byte[Descriptor.Size], out _).ShouldBe(RecordWriteStatus.Full);
        _store.Read(records[1], Id(1)).ShouldBeNull();
    }

    [Fact]
    public void Releasing_a_record_that_has_another_owner_by_now_does_nothing()
    {
        _store.TryWrite(Id(1), new byte[Descriptor.Size], out uint record).ShouldBe(RecordWriteStatus.Written);
        _store.Release(record, Id(2));
        _store.Count.ShouldBe(1);
        _store.Release(record, Id(1));
        _store.Count.ShouldBe(0);
        _store.TryWrite(Id(3), new byte[Descriptor.Size], out uint again).ShouldBe(RecordWriteStatus.Written);
        again.ShouldBe(record);
    }

    [Fact]
    public void A_row_of_bits_agrees_with_a_set()
    {
        const int Capacity = 333;
        var random = new Random(3);
        var row = new BitRow(Capacity);
        var set = new HashSet<uint>();
        for (int step = 0; step < 20_000; step++)
        {
            uint bit = (uint)random.Next(Capacity + 3);
            switch (random.Next(4))
            {
                case 0:
                    row.Set(bit, false);
                    set.Remove(bit);
                    break;
                case 1:
                    row.TryFindSet(out uint found).ShouldBe(set.Count > 0);
                    if (set.Count > 0) set.ShouldContain(found);
                    break;
                default:
                    row.TryFindClear(out uint clear).ShouldBe(set.Count < Capacity);
                    if (set.Count == Capacity) break;
                    set.ShouldNotContain(clear);
                    clear.ShouldBeLessThan((uint)Capacity);
                    row.Set(clear, true);
                    set.Add(clear);
                    break;
            }
            row.Count.ShouldBe(set.Count);
            row.Get(bit).ShouldBe(set.Contains(bit));
        }
        set.Count.ShouldBeGreaterThan(Capacity / 2);
    }

    private DescriptorStore Open(int most = 100) => DescriptorStore.Open(_path, most, Life, _time);

    private static DeviceId Id(int i) => new((UInt128)(i + 100));
}
