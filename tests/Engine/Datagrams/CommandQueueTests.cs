using FastRelay.Engine.Datagrams;

namespace FastRelay.Engine.Tests.Datagrams;

public sealed class CommandQueueTests
{
    [Fact]
    public void What_waits_when_the_loop_ends_is_abandoned_and_what_comes_later_is_not_taken()
    {
        var queue = new CommandQueue<NoHandler>(capacity: 4);
        Command[] waiting = [new(), new()];
        foreach (var command in waiting) queue.TryAdd(command).ShouldBeTrue();
        queue.Close();
        waiting.Select(command => command.Abandoned).ShouldBe([1, 1]);
        queue.Close();
        waiting.Select(command => command.Abandoned).ShouldBe([1, 1]);
        queue.TryAdd(new Command()).ShouldBeFalse();
        queue.TryTake(out _).ShouldBeFalse();
    }

    private struct NoHandler : IDatagramHandler
    {
        public void OnBatch(ref DatagramBatch batch)
        {
        }

        public void OnTick(ref DatagramBatch output)
        {
        }
    }

    private sealed class Command : IDatagramCommand<NoHandler>
    {
        public int Abandoned { get; private set; }

        public void Execute(ref NoHandler handler, ref DatagramBatch output)
        {
        }

        public void Abandon() => Abandoned++;
    }
}
