using System.Runtime.Versioning;
using FastRelay.Engine.Files;
using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

public sealed class SharedMappingTests : IDisposable
{
    private static readonly SharedLayout Layout = SharedLayout.Of<NumberSlot>(version: 3, capacity: 1_000);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly string _path;

    public SharedMappingTests()
    {
        PrivateFile.CreateDirectory(_directory);
        _path = Path.Combine(_directory, "slots");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mappings are made on Linux alone");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_table_in_a_file_does_what_a_dictionary_of_handles_does(int seed)
    {
        using var table = New(Layout with { Capacity = SlotTableModel.Capacity });
        SlotTableModel.Check(table, seed);
    }

    [Fact]
    public void Slots_generations_and_free_places_outlive_the_instance_that_made_them()
    {
        var handles = new SlotHandle[500];
        using (var table = New(Layout))
        {
            for (int i = 0; i < 500; i++)
            {
                table.TryAllocate(out handles[i]).ShouldBeTrue();
                table.TryGet(handles[i], out _).Value = i;
            }
            for (int i = 0; i < 500; i += 5) table.Free(handles[i]).ShouldBeTrue();
        }

        using var after = Opened(Layout);
        after.Count.ShouldBe(400);
        for (int i = 0; i < 500; i++)
        {
            ref var slot = ref after.TryGet(handles[i], out bool found);
            found.ShouldBe(i % 5 != 0);
            if (found) slot.Value.ShouldBe(i);
        }
        var taken = new HashSet<uint>();
        for (int i = 0; i < 600; i++)
        {
            after.TryAllocate(out var handle).ShouldBeTrue();
            taken.Add(handle.Index).ShouldBeTrue();
            handles.ShouldNotContain(handle);
            after.TryGet(handle, out _).Value.ShouldBe(0);
        }
        after.TryAllocate(out _).ShouldBeFalse();
    }

    [Fact]
    public void A_slot_that_a_dying_process_left_half_freed_is_free_and_zero()
    {
        using (var table = New(Layout))
        {
            table.TryAllocate(out var kept);
            table.TryAllocate(out var dying);
            ref var slot = ref table.TryGet(dying, out _);
            slot.Value = 1;
            // As far as freeing may have come: stale, and nothing else done.
            slot.Generation++;
            table.TryGet(kept, out _).Value = 2;
        }
        using var after = Opened(Layout);
        after.Count.ShouldBe(1);
        after.TryAllocate(out var again).ShouldBeTrue();
        again.ShouldBe(new SlotHandle(1, 3));
        after.TryGet(again, out _).Value.ShouldBe(0);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_file_is_its_owners_alone_and_grows_with_use()
    {
        using var table = New(Layout with { Capacity = 10_000_000 });
        File.GetUnixFileMode(_path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        new FileInfo(_path).Length.ShouldBeLessThan(64 * 1024);
        for (int i = 0; i < 20_000; i++) table.TryAllocate(out _).ShouldBeTrue();
        new FileInfo(_path).Length.ShouldBeInRange(20_000 * 64, (20_000 * 64) + (512 * 1024));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void One_that_others_may_touch_is_refused()
    {
        New(Layout).Dispose();
        File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        TryOpen(Layout).ShouldBe(SharedMappingStatus.OpenToOthers);
    }

    [Fact]
    public void One_that_is_in_use_is_neither_opened_nor_replaced()
    {
        using var table = New(Layout);
        TryOpen(Layout).ShouldBe(SharedMappingStatus.InUse);
        SharedMapping.TryCreate(_path, Layout, out var second).ShouldBe(SharedMappingStatus.InUse);
        second.ShouldBeNull();
        table.TryAllocate(out _).ShouldBeTrue();
    }

    [Fact]
    public void A_new_one_in_place_of_an_old_one_is_empty()
    {
        using (var table = New(Layout)) table.TryAllocate(out _);
        using var after = New(Layout);
        after.Count.ShouldBe(0);
    }

    [Fact]
    public void One_of_another_layout_size_or_boot_is_refused_with_the_reason()
    {
        using (var table = New(Layout))
        {
            for (int i = 0; i < 500; i++) table.TryAllocate(out _);
        }
        TryOpen(Layout with { Version = 4 }).ShouldBe(SharedMappingStatus.OtherVersion);
        TryOpen(Layout with { SlotSize = 128 }).ShouldBe(SharedMappingStatus.OtherSlotSize);
        TryOpen(Layout with { Capacity = 64 }).ShouldBe(SharedMappingStatus.TooLarge);
        SharedMapping.TryOpen(_path, Layout, Guid.NewGuid(), out _).ShouldBe(SharedMappingStatus.OtherBoot);
        SharedMapping.TryOpen(_path, Layout, Guid.Empty, out _).ShouldBe(SharedMappingStatus.OtherBoot);
        TryOpen(Layout with { Capacity = 2_000 }).ShouldBe(SharedMappingStatus.Ready);
    }

    [Fact]
    public void What_isnt_a_mapping_is_refused_with_the_reason()
    {
        TryOpen(Layout).ShouldBe(SharedMappingStatus.Missing);
        PrivateFile.Replace(_path, "short"u8);
        TryOpen(Layout).ShouldBe(SharedMappingStatus.NotOurs);
        PrivateFile.Replace(_path, new byte[8192]);
        TryOpen(Layout).ShouldBe(SharedMappingStatus.NotOurs);
        SharedMapping.TryCreate(Path.Combine(_directory, "not", "there"), Layout, out _).ShouldBe(SharedMappingStatus.NoAccess);
    }

    [Fact]
    public void A_table_that_finds_no_room_for_another_slot_refuses_it()
    {
        using var table = new SlotTable<NumberSlot>(1_000, new SmallMemory(usable: 10 * 64));
        for (int i = 0; i < 10; i++) table.TryAllocate(out _).ShouldBeTrue();
        table.TryAllocate(out _).ShouldBeFalse();
        table.TryGetHandle(10, out _).ShouldBeFalse();
        table.Count.ShouldBe(10);
    }

    private SharedMappingStatus TryOpen(SharedLayout layout)
    {
        var status = SharedMapping.TryOpen(_path, layout, out var mapping);
        (mapping is not null).ShouldBe(status == SharedMappingStatus.Ready);
        mapping?.Dispose();
        return status;
    }

    private SlotTable<NumberSlot> New(SharedLayout layout)
    {
        SharedMapping.TryCreate(_path, layout, out var mapping).ShouldBe(SharedMappingStatus.Ready);
        return new SlotTable<NumberSlot>(mapping!);
    }

    private SlotTable<NumberSlot> Opened(SharedLayout layout)
    {
        SharedMapping.TryOpen(_path, layout, out var mapping).ShouldBe(SharedMappingStatus.Ready);
        return new SlotTable<NumberSlot>(mapping!);
    }

    /// <summary>Memory that ends before the table's capacity, as a full tmpfs does.</summary>
    private sealed unsafe class SmallMemory(long usable) : ITableMemory
    {
        private readonly PortableMemory _inner = new(usable);

        public byte* Start => _inner.Start;

        public long Usable => _inner.Usable;

        public bool TryUse(long bytes) => _inner.TryUse(bytes);

        public void GiveBack(long fromBytes) => _inner.GiveBack(fromBytes);

        public void Dispose() => _inner.Dispose();
    }
}
