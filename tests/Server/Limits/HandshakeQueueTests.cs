using FastRelay.Server.Limits;

namespace FastRelay.Server.Tests.Limits;

public sealed class HandshakeQueueTests
{
    [Fact]
    public async Task Known_devices_come_before_holders_of_the_chain_and_those_before_strangers_and_who_has_begun_before_all()
    {
        var queue = new HandshakeQueue(atOnce: 1, mostWaiting: 100);
        (await queue.EnterAsync(HandshakeStanding.New)).ShouldBeTrue();
        var order = new List<string>();
        Task[] waiting =
        [
            Wait(queue, HandshakeStanding.New, "new 1", order), Wait(queue, HandshakeStanding.Cached, "cached 1", order),
            Wait(queue, HandshakeStanding.Known, "known 1", order), Wait(queue, HandshakeStanding.New, "new 2", order),
            Wait(queue, HandshakeStanding.Known, "known 2", order), Wait(queue, HandshakeStanding.Begun, "begun 1", order),
        ];
        queue.Waiting.ShouldBe(6);
        queue.Leave();
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        order.ShouldBe(["begun 1", "known 1", "known 2", "cached 1", "new 1", "new 2"]);
        queue.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Every_eighth_turn_is_the_lowest_ones_so_that_no_flood_of_known_devices_shuts_strangers_out()
    {
        var queue = new HandshakeQueue(atOnce: 1, mostWaiting: 100);
        await queue.EnterAsync(HandshakeStanding.New);
        var order = new List<string>();
        var waiting = Enumerable.Range(0, 20).Select(i => Wait(queue, HandshakeStanding.Known, "known", order)).ToList();
        waiting.Add(Wait(queue, HandshakeStanding.New, "new", order));
        queue.Leave();
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        // The first of the eight was the one that all have waited for.
        order.IndexOf("new").ShouldBe(HandshakeQueue.TurnsOfTheLowest - 2);
    }

    [Fact]
    public void On_a_loop_a_turn_is_granted_when_all_who_are_there_have_been_heard_and_one_at_a_time()
    {
        var deferred = new Queue<IThreadPoolWorkItem>();
        var queue = new HandshakeQueue(atOnce: 2, mostWaiting: 100, work =>
        {
            deferred.Enqueue(work);
            return true;
        });
        var order = new List<string>();
        Task[] waiting =
        [
            Wait(queue, HandshakeStanding.New, "new", order), Wait(queue, HandshakeStanding.Cached, "cached", order),
            Wait(queue, HandshakeStanding.Known, "known", order),
        ];
        order.ShouldBeEmpty();
        deferred.Count.ShouldBe(2, "there are two turns");
        deferred.Dequeue().Execute();
        order.ShouldBe(["known"]);

        // One who has come before the loop computes again.
        var late = Wait(queue, HandshakeStanding.Begun, "begun", order);
        while (deferred.TryDequeue(out var next)) next.Execute();
        order.ShouldBe(["known", "begun", "cached", "new"]);
        Task.WhenAll([.. waiting, late]).IsCompletedSuccessfully.ShouldBeTrue();
        queue.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task No_more_have_a_turn_than_may_at_once()
    {
        var queue = new HandshakeQueue(atOnce: 2, mostWaiting: 100);
        (await queue.EnterAsync(HandshakeStanding.New)).ShouldBeTrue();
        (await queue.EnterAsync(HandshakeStanding.New)).ShouldBeTrue();
        var third = queue.EnterAsync(HandshakeStanding.Begun).AsTask();
        third.IsCompleted.ShouldBeFalse();
        queue.Leave();
        (await third.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldBeTrue();
        queue.EnterAsync(HandshakeStanding.Begun).AsTask().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Strangers_fill_half_of_the_places_holders_of_the_chain_three_quarters_and_known_devices_all()
    {
        var queue = new HandshakeQueue(atOnce: 1, mostWaiting: 8);
        await queue.EnterAsync(HandshakeStanding.New);
        Fill(queue, HandshakeStanding.New).ShouldBe(4);
        Fill(queue, HandshakeStanding.Cached).ShouldBe(2);
        Fill(queue, HandshakeStanding.Known).ShouldBe(2);
        queue.IsFullFor(HandshakeStanding.Known).ShouldBeTrue();
        (await queue.EnterAsync(HandshakeStanding.Known)).ShouldBeFalse();
        queue.IsFullFor(HandshakeStanding.Begun).ShouldBeFalse();
    }

    private static int Fill(HandshakeQueue queue, HandshakeStanding standing)
    {
        int taken = 0;
        while (!queue.IsFullFor(standing))
        {
            queue.EnterAsync(standing).AsTask().IsCompleted.ShouldBeFalse();
            taken++;
        }
        return taken;
    }

    private static async Task Wait(HandshakeQueue queue, HandshakeStanding standing, string name, List<string> order)
    {
        (await queue.EnterAsync(standing)).ShouldBeTrue();
        order.Add(name); // one at a time has a turn
        queue.Leave();
    }
}
