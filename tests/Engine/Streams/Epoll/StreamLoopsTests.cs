using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams.Epoll;

public sealed class StreamLoopsTests
{
    [Fact]
    public async Task Deferred_work_is_done_on_the_loop_one_piece_at_a_time_after_what_is_ready()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using var fixture = new StreamFixture(StreamBackend.Epoll, options => options.Continuations = StreamContinuations.Loop);
        var (client, server) = await fixture.PairAsync();
        var order = new List<int>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var serving = ServeAsync();
        await Within.Time(client.Output.WriteAsync(new byte[1]));
        await Within.Time(done.Task);
        await Within.Time(serving);
        order.ShouldBe([0, 1, 2, 3]);

        async Task ServeAsync()
        {
            var read = await server.Input.ReadAsync();
            server.Input.AdvanceTo(read.Buffer.End);
            int thread = Environment.CurrentManagedThreadId;
            StreamLoops.TryDefer(new Work(() => Add(1, thread))).ShouldBeTrue();
            StreamLoops.TryDefer(new Work(() =>
            {
                Add(2, thread);
                StreamLoops.TryDefer(new Work(() =>
                {
                    Add(3, thread);
                    done.SetResult();
                })).ShouldBeTrue();
            })).ShouldBeTrue();
            order.Add(0);
        }

        void Add(int number, int thread)
        {
            if (Environment.CurrentManagedThreadId == thread) order.Add(number);
        }
    }

    [Fact]
    public void Elsewhere_than_on_a_loop_nothing_is_deferred() =>
        StreamLoops.TryDefer(new Work(() => throw new InvalidOperationException("Nobody does it."))).ShouldBeFalse();

    private sealed class Work(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
