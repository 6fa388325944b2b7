using System.Runtime.ExceptionServices;

namespace FastRelay.Protocol.Tests.Support;

/// <summary>Asserts what a hot path must not do: allocate, or throw even what is caught again.</summary>
public static class Quiet
{
    /// <summary>
    /// Runs <paramref name="action"/> once to warm up, then <paramref name="rounds"/> times, and fails if those rounds allocated on this
    /// thread or raised a first-chance exception on it.
    /// </summary>
    public static void ShouldAllocateAndThrowNothing(Action action, int rounds = 200)
    {
        int thread = Environment.CurrentManagedThreadId;
        int thrown = 0;
        void Count(object? sender, FirstChanceExceptionEventArgs e)
        {
            if (Environment.CurrentManagedThreadId == thread) thrown++;
        }

        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            action();
            // A method that is being rejitted may allocate once on its caller's thread; a real allocation comes back every time.
            long least = long.MaxValue;
            for (int attempt = 0; attempt < 3 && least != 0; attempt++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < rounds; i++) action();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            least.ShouldBe(0, "bytes allocated");
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }
        thrown.ShouldBe(0, "first-chance exceptions");
    }
}
