using System.Net.Sockets;
using System.Text;
using FastRelay.Engine.Buffers;
using FastRelay.Engine.Interop.Linux;
using FastRelay.Engine.Streams;
using FastRelay.Engine.Streams.Epoll;

namespace FastRelay.Engine.Tests.Streams.Epoll;

public sealed class EpollStreamBackendTests
{
    private static readonly byte[] Hello = Encoding.ASCII.GetBytes("hello");

    public EpollStreamBackendTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "a backend of Linux");

    [Fact]
    public void This_system_has_what_the_backend_needs() => LinuxFeatures.WhyNoStreams.ShouldBeNull();

    [Fact]
    public async Task It_is_what_auto_takes()
    {
        await using var fixture = new StreamFixture(StreamBackend.Auto);
        var (client, server) = await fixture.PairAsync();
        client.ShouldBeOfType<EpollStreamConnection>();
        server.ShouldBeOfType<EpollStreamConnection>();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accepted_connections_have_the_listeners_choice_of_small_writes(bool noDelay)
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll, o => o.NoDelay = noDelay);
        var (_, server) = await fixture.PairAsync(o => o.NoDelay = noDelay);
        NoDelayOf(server).ShouldBe(noDelay);
    }

    [Fact]
    public async Task Whoever_asks_for_the_loop_goes_on_on_its_thread_and_else_on_the_pool()
    {
        foreach (var continuations in Enum.GetValues<StreamContinuations>())
        {
            await using var fixture = new StreamFixture(StreamBackend.Epoll, o => o.Continuations = continuations);
            var (raw, server) = await fixture.RawPairAsync();
            var reading = ThreadOfReadAsync(server);
            raw.Send(Hello);
            (await Within.Time(reading)).ShouldBe(continuations == StreamContinuations.ThreadPool);
            raw.Dispose();
        }
    }

    [Fact]
    public async Task A_cancelled_read_goes_on_on_the_pool_and_with_what_was_there()
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll, o => o.Continuations = StreamContinuations.Loop);
        var (raw, server) = await fixture.RawPairAsync();
        raw.Send(Hello);
        var first = await Within.Time(server.Input.ReadAsync());
        server.Input.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        var reading = ThreadOfReadAsync(server);
        server.Input.CancelPendingRead();
        (await Within.Time(reading)).ShouldBeTrue();

        server.Input.CancelPendingRead();
        var second = await Within.Time(server.Input.ReadAsync());
        second.IsCanceled.ShouldBeTrue();
        second.Buffer.Length.ShouldBe(5);
        server.Input.AdvanceTo(second.Buffer.End);
        raw.Dispose();
    }

    [Fact]
    public async Task A_position_of_an_earlier_read_is_refused_and_harms_nothing()
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll);
        var (raw, server) = await fixture.RawPairAsync();
        raw.Send(Hello);
        var first = await Within.Time(server.Input.ReadAsync());
        server.Input.AdvanceTo(first.Buffer.End);
        raw.Send(new byte[3000]);
        var second = await Within.Time(server.Input.ReadAtLeastAsync(3000));
        // The segment of the first may be one of the second's by now; this one is nobody's.
        Should.Throw<InvalidOperationException>(() => server.Input.AdvanceTo(new SequencePosition(new StreamSegment(), 0)));
        server.Input.AdvanceTo(second.Buffer.End);
        raw.Dispose();
    }

    [Fact]
    public async Task A_reset_is_noticed_where_nobody_reads()
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll);
        var (raw, server) = await fixture.RawPairAsync();
        raw.LingerState = new LingerOption(true, 0);
        raw.Close();
        await Within.Time(server.Completion);
        server.ReadEnd.ShouldBe(StreamEnd.Reset);
        server.WriteEnd.ShouldBe(StreamEnd.Reset);
    }

    [Fact]
    public async Task What_came_before_a_reset_is_still_read_and_the_reset_told_after_it()
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll);
        var (raw, server) = await fixture.RawPairAsync();
        raw.Send(Hello);
        raw.LingerState = new LingerOption(true, 0);
        raw.Close();
        await Within.Until(() => server.WriteEnd == StreamEnd.Reset, "the reset is noticed");
        (await StreamFixture.ReadToEndAsync(server.Input)).ShouldBe(Hello);
        server.ReadEnd.ShouldBe(StreamEnd.Reset);
        await Within.Time(server.Completion);
    }

    [Fact]
    public async Task Data_and_FIN_in_one_event_are_both_read()
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll);
        for (int i = 0; i < 50; i++)
        {
            var (raw, server) = await fixture.RawPairAsync();
            var reading = StreamFixture.ReadToEndAsync(server.Input);
            raw.Send(Hello);
            raw.Shutdown(SocketShutdown.Send);
            (await reading).ShouldBe(Hello);
            server.ReadEnd.ShouldBe(StreamEnd.Finished);
            raw.Dispose();
        }
    }

    [Fact]
    public async Task A_message_longer_than_a_block_is_written_in_one_piece()
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll);
        var (client, server) = await fixture.PairAsync();
        client.Output.GetSpan(3)[..3].Fill(1);
        client.Output.Advance(3);
        client.Output.GetSpan(20_000)[..20_000].Fill(2);
        client.Output.Advance(20_000);
        await client.Output.FlushAsync();
        byte[] received = await StreamFixture.ReadExactlyAsync(server.Input, 20_003);
        received[..3].ShouldAllBe(b => b == 1);
        received.AsSpan(3).IndexOfAnyExcept((byte)2).ShouldBe(-1);
    }

    [Fact]
    public async Task A_cancelled_flush_loses_nothing_of_what_was_written()
    {
        await using var fixture = new StreamFixture(StreamBackend.Epoll);
        var (raw, server) = await fixture.RawPairAsync();
        byte[] sent = new byte[6 << 20];
        new Random(1).NextBytes(sent);
        var writing = server.Output.WriteAsync(sent);
        writing.IsCompleted.ShouldBeFalse();
        server.Output.CancelPendingFlush();
        (await Within.Time(writing)).IsCanceled.ShouldBeTrue();

        using var cancel = new CancellationTokenSource();
        var flushing = server.Output.FlushAsync(cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(Within.Time(flushing));

        var completing = Task.Run(() =>
        {
            using var all = new MemoryStream();
            using var stream = new NetworkStream(raw);
            stream.CopyTo(all);
            return all.ToArray();
        });
        await server.Output.CompleteAsync();
        (await Within.Time(completing)).AsSpan().SequenceEqual(sent).ShouldBeTrue();
        server.WriteEnd.ShouldBe(StreamEnd.Finished);
        raw.Dispose();
    }

    [Fact]
    public async Task One_connection_that_always_has_more_leaves_the_loop_to_the_others()
    {
        var arena = new BufferArena();
        await using var fixture = new StreamFixture(StreamBackend.Epoll, o => (o.Pool, o.Continuations) = (arena.ForRole("test"), StreamContinuations.Loop));
        // As many greedy ones as there are loops, and as many again: each loop has some.
        var greedy = new List<Task>();
        var raws = new List<Socket>();
        using var stop = new CancellationTokenSource();
        for (int i = 0; i < 2 * Environment.ProcessorCount; i++)
        {
            var (raw, server) = await fixture.RawPairAsync();
            raws.Add(raw);
            greedy.Add(DiscardAsync(server));
            greedy.Add(Task.Run(() =>
            {
                byte[] much = new byte[256 * 1024];
                while (!stop.IsCancellationRequested) raw.Send(much);
            }));
        }
        for (int i = 0; i < 2 * Environment.ProcessorCount; i++)
        {
            var (raw, server) = await fixture.RawPairAsync();
            var reading = StreamFixture.ReadExactlyAsync(server.Input, 5);
            raw.Send(Hello);
            (await Within.Time(reading)).ShouldBe(Hello);
            raw.Dispose();
        }
        await stop.CancelAsync();
        await Task.WhenAny(Task.WhenAll(greedy), Task.Delay(50));
        foreach (var raw in raws) raw.Dispose();
        await Within.Time(Task.WhenAll(greedy));
    }

    private static async Task<bool> ThreadOfReadAsync(StreamConnection connection)
    {
        var read = await connection.Input.ReadAsync();
        connection.Input.AdvanceTo(read.Buffer.Start);
        return Thread.CurrentThread.IsThreadPoolThread;
    }

    private static async Task DiscardAsync(StreamConnection connection)
    {
        while (true)
        {
            var read = await connection.Input.ReadAsync();
            connection.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    private static bool NoDelayOf(StreamConnection connection)
    {
        ((EpollStreamConnection)connection).TryEnter(out int descriptor).ShouldBeTrue();
        using var handle = new SafeSocketHandle(descriptor, ownsHandle: false);
        using var socket = new Socket(handle);
        bool noDelay = socket.NoDelay;
        ((EpollStreamConnection)connection).Leave();
        return noDelay;
    }
}
