using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace FastRelay.Bench.Gate;

/// <summary>
/// Counts the bytes that one call of a benchmark's method allocates on its thread. The runtime counts them exactly, so nothing here
/// depends on the machine's speed or on what else it does.
/// </summary>
internal static class AllocationMeter
{
    // Enough calls for the jitter's first tiers to be left behind and for caches and pools to be warm.
    private const int WarmUpCalls = 200;
    private const int CallsPerRound = 200;
    private const int Rounds = 5;

    // A step that takes milliseconds is warm sooner, in calls; the gate must end soon.
    private static readonly TimeSpan RoundBudget = TimeSpan.FromMilliseconds(250);

    private static readonly MethodInfo OfValueMethod = typeof(AllocationMeter).GetMethod(nameof(OfValue), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>
    /// Bytes per call, rounded up, so that a byte in a hundred calls shows: the least of some rounds, since a buffer that a pool makes once
    /// belongs to no call.
    /// </summary>
    public static long Measure(object benchmarks, MethodInfo method)
    {
        foreach (var setup in benchmarks.GetType().GetMethods().Where(m => m.IsDefined(typeof(GlobalSetupAttribute)))) setup.Invoke(benchmarks, null);
        var measure = method.ReturnType == typeof(void)
            ? Of(method.CreateDelegate<Action>(benchmarks))
            : (Func<int, long>)OfValueMethod.MakeGenericMethod(method.ReturnType).Invoke(null, [benchmarks, method])!;

        int calls = CallsPerRound;
        long started = Environment.TickCount64;
        for (int done = 0; done < WarmUpCalls; done++)
        {
            measure(1);
            if (Environment.TickCount64 - started > RoundBudget.TotalMilliseconds)
            {
                calls = Math.Max(1, done);
                break;
            }
        }

        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++) least = Math.Min(least, (measure(calls) + calls - 1) / calls);
        foreach (var cleanup in benchmarks.GetType().GetMethods().Where(m => m.IsDefined(typeof(GlobalCleanupAttribute)))) cleanup.Invoke(benchmarks, null);
        return least;
    }

    private static Func<int, long> OfValue<T>(object benchmarks, MethodInfo method)
    {
        var call = method.CreateDelegate<Func<T>>(benchmarks);
        return Of(() => call());
    }

    private static Func<int, long> Of(Action call) => calls =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < calls; i++) call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    };
}
