using FastRelay.Server.Connections;

namespace FastRelay.Server.Tests.Standalone;

public sealed class SendTurnTests
{
    [Fact]
    public async Task One_has_the_turn_and_the_others_get_it_in_the_order_in_which_they_came()
    {
        var owner = new Owner();
        owner.Turn.TryEnter().ShouldBeTrue();
        owner.Turn.TryEnter().ShouldBeFalse();
        Task[] waiting = [owner.Turn.EnterAsync(), owner.Turn.EnterAsync(), owner.Turn.EnterAsync()];
        for (int next = 0; next < waiting.Length; next++)
        {
            waiting[next..].ShouldAllBe(turn => !turn.IsCompleted);
            owner.Turn.Leave();
            await waiting[next].WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }
        owner.Turn.TryEnter().ShouldBeFalse();
        owner.Turn.Leave();
        owner.Turn.TryEnter().ShouldBeTrue();
        owner.Turn.Leave();
        owner.Turn.EnterAsync().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Never_do_two_have_it_and_none_waits_for_ever()
    {
        var owner = new Owner();
        int inside = 0, most = 0, count = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                if (!owner.Turn.TryEnter()) await owner.Turn.EnterAsync();
                most = Math.Max(most, Interlocked.Increment(ref inside));
                // Not interlocked: the turn is what keeps it right.
                count++;
                Interlocked.Decrement(ref inside);
                owner.Turn.Leave();
            }
        }))).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        most.ShouldBe(1);
        count.ShouldBe(40_000);
    }

    private sealed class Owner
    {
        public SendTurn Turn;
    }
}
