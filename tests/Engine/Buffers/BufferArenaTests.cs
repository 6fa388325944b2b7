using FastRelay.Engine.Buffers;

namespace FastRelay.Engine.Tests.Buffers;

public sealed class BufferArenaTests
{
    [Fact]
    public void Leases_are_counted_under_the_role_that_holds_them()
    {
        var arena = new BufferArena(1024);
        var a = arena.ForRole("stream").Rent();
        var b = arena.ForRole("handshake").Rent(1024);
        var c = arena.ForRole("handshake").Rent(1);
        arena.LeasedByRole().ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["stream"] = 1, ["handshake"] = 2 }, ignoreOrder: true);
        a.Dispose();
        b.Dispose();
        c.Dispose();
        arena.LeasedBlocks.ShouldBe(0);
    }

    [Fact]
    public void A_second_return_is_refused()
    {
        var lease = new BufferArena().ForRole("test").Rent();
        lease.Dispose();
        Should.Throw<InvalidOperationException>(lease.Dispose);
    }

    [Fact]
    public void A_block_comes_back_zeroed()
    {
        var arena = new BufferArena(256);
        for (int i = 0; i < 2 * BufferArena.BlocksPerSlab; i++)
        {
            using var lease = arena.ForRole("test").Rent();
            lease.Memory.Span.IndexOfAnyExcept((byte)0).ShouldBe(-1);
            lease.Memory.Span.Fill(0xAA);
        }
        arena.TotalBlocks.ShouldBe(BufferArena.BlocksPerSlab);
    }

    [Fact]
    public void More_than_a_block_is_refused()
    {
        var pool = new BufferArena(512).ForRole("test");
        Should.Throw<ArgumentOutOfRangeException>(() => pool.Rent(513));
        pool.LeasedBlocks.ShouldBe(0);
    }

    [Fact]
    public void Leasing_allocates_nothing_once_the_arena_has_grown()
    {
        var pool = new BufferArena().ForRole("test");
        for (int i = 0; i < 1000; i++) pool.Rent().Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++) pool.Rent().Dispose();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void No_two_holders_ever_have_the_same_block()
    {
        var arena = new BufferArena(256);
        Parallel.For(0, 4, worker =>
        {
            var pool = arena.ForRole("worker");
            for (int i = 0; i < 20_000; i++)
            {
                using var lease = pool.Rent();
                var span = lease.Memory.Span;
                span.Fill((byte)(worker + 1));
                span.IndexOfAnyExcept((byte)(worker + 1)).ShouldBe(-1);
            }
        });
        arena.LeasedBlocks.ShouldBe(0);
    }

    [Fact]
    public void The_twin_names_who_leaked_and_poisons_what_came_back()
    {
        var pool = new LeakTrackingPool(256);
        var kept = pool.Rent();
        var returned = pool.Rent();
        var memory = returned.Memory;
        returned.Dispose();
        memory.Span.IndexOfAnyExcept(LeakTrackingPool.Poison).ShouldBe(-1);
        Should.Throw<InvalidOperationException>(returned.Dispose);
        Should.Throw<InvalidOperationException>(pool.ThrowIfLeaked).Message.ShouldContain(nameof(The_twin_names_who_leaked_and_poisons_what_came_back));
        kept.Dispose();
        pool.ThrowIfLeaked();
    }
}
