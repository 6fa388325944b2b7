using FastRelay.Equipment.Devices;

namespace FastRelay.Equipment.Tests.Devices;

public sealed class BoundedWorkTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task What_is_more_than_may_run_at_once_isnt_done_and_room_comes_back()
    {
        var work = new BoundedWork(2);
        using var go = new ManualResetEventSlim();
        int done = 0;
        work.TryRun(Wait).ShouldBeTrue();
        work.TryRun(Wait).ShouldBeTrue();
        work.TryRun(Wait).ShouldBeFalse();

        go.Set();
        var last = new TaskCompletionSource();
        SpinWait.SpinUntil(() => work.TryRun(last.SetResult), Bound).ShouldBeTrue();
        await last.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        SpinWait.SpinUntil(() => Volatile.Read(ref done) == 2, Bound).ShouldBeTrue();

        void Wait()
        {
            go.Wait(Bound);
            Interlocked.Increment(ref done);
        }
    }
}
