using FastRelay.Engine.Tables;

namespace FastRelay.Engine.Tests.Tables;

public sealed class PlainIdIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_does_what_a_dictionary_does(int seed) => IdIndexModel.Check(new PlainIdIndex(), seed);

    [Fact]
    public void Of_threads_that_add_one_id_exactly_one_succeeds()
    {
        var index = new PlainIdIndex();
        int added = 0;
        Parallel.For(0, 4, worker =>
        {
            for (uint id = 0; id < 10_000; id++)
            {
                if (index.TryAdd(id, (uint)worker)) Interlocked.Increment(ref added);
            }
        });
        added.ShouldBe(10_000);
        index.Count.ShouldBe(10_000);
    }
}
