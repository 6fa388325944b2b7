using System.Diagnostics;

namespace FastRelay.Bench.Tables;

/// <summary>
/// <c>dotnet run -c Release --project bench -- tables [entries]</c>: the tables with ten million devices (1.6 GB), too many for the gate and for
/// BenchmarkDotNet, which would fill them anew for each line. The figures are of the least of some rounds.
/// </summary>
internal static class LargeTables
{
    private const int Rounds = 9;
    private const int Looks = 1_000_000;
    private const int Batch = 64;

    public static int Run(int entries, TextWriter output)
    {
        long started = Stopwatch.GetTimestamp();
        using var tables = new IdTables(entries);
        output.WriteLine($"{entries:N0} entries, filled at {Stopwatch.GetElapsedTime(started).TotalNanoseconds / entries:N0} ns each; {tables.BytesPerEntry:F1} bytes each, slot and index");
        int at = 0;
        int Next(int length) => at = at + 1 < length ? at + 1 : 0;
        var ids = tables.Ids;
        uint[] indexes = new uint[Math.Min(entries, 4 * Looks)];
        for (int i = 0; i < indexes.Length; i++) indexes[i] = (uint)Random.Shared.Next(entries);
        Time("by id", () => tables.Index.TryGet(ids[Next(ids.Length)], out _));
        Time("by id, asked for 64 at a time", LookUpBatch, Batch);
        uint before = 0;
        Time("by id, each after the one before", () => tables.Index.TryGet(ids[Next(ids.Length)] ^ (before & 0x8000_0000), out before));
        Time("by an unknown id", () => tables.Index.TryGet(~ids[Next(ids.Length)], out _));
        Time("by handle", () => tables.IsTaken(indexes[Next(indexes.Length)]));
        Time("by handle, each after the one before", () => IsTakenAfter(ref before));
        Time("remove and add", () =>
        {
            var id = ids[Next(ids.Length)];
            return tables.Index.TryGet(id, out uint slot) && tables.Index.TryRemove(id, slot) && tables.Index.TryAdd(id, slot);
        });
        return 0;

        bool LookUpBatch()
        {
            if (at + Batch >= ids.Length) at = 0;
            var batch = ids.AsSpan(at, Batch);
            at += Batch;
            tables.Index.Prefetch(batch);
            bool all = true;
            foreach (var id in batch) all &= tables.Index.TryGet(id, out _);
            return all;
        }

        // What one read of memory takes that can't be begun earlier: the least that a single look-up can take.
        bool IsTakenAfter(ref uint before)
        {
            bool taken = tables.IsTaken(indexes[Next(indexes.Length)] ^ before);
            before = taken ? 0u : 1u;
            return taken;
        }

        void Time(string what, Func<bool> look, int each = 1)
        {
            var least = TimeSpan.MaxValue;
            for (int round = 0; round < Rounds; round++)
            {
                long began = Stopwatch.GetTimestamp();
                for (int i = 0; i < Looks / each; i++) look();
                var took = Stopwatch.GetElapsedTime(began);
                if (took < least) least = took;
            }
            output.WriteLine($"{what,-40} {least.TotalNanoseconds / (Looks / each * each),8:N1} ns");
        }
    }
}
