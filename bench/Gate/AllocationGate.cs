using System.Globalization;
using System.Text.Json;

namespace FastRelay.Bench.Gate;

/// <summary>
/// <c>dotnet run -c Release --project bench -- gate</c>: every benchmark may allocate at most what allocations.json says for it. Time isn't
/// looked at. A benchmark that isn't in the file, or a line of the file without a benchmark, fails too: nothing slips out of the gate.
/// </summary>
internal static class AllocationGate
{
    private const string FileName = "allocations.json";

    /// <summary>Prints a table.</summary>
    /// <returns>The exit code: 0 when everything is within its bound, else 1.</returns>
    public static int Run(TextWriter output)
    {
        var bounds = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, FileName)))!;
        int excesses = 0;
        output.WriteLine($"{"step",-64} {"bytes",10} {"at most",10}");
        foreach (var step in GatedStep.All())
        {
            long bytes = step.Measure();
            bool known = bounds.Remove(step.Name, out long bound);
            string verdict = !known ? $"has no line in {FileName}" : bytes > bound ? "EXCESS" : "";
            if (verdict.Length > 0) excesses++;
            output.WriteLine($"{step.Name,-64} {bytes,10:N0} {(known ? bound.ToString("N0", CultureInfo.InvariantCulture) : "?"),10} {verdict}".TrimEnd());
        }
        foreach (string left in bounds.Keys)
        {
            output.WriteLine($"{left,-64} has no benchmark");
            excesses++;
        }
        output.WriteLine(excesses == 0 ? "Nothing allocates more than it may." : $"{excesses} at fault.");
        return excesses == 0 ? 0 : 1;
    }
}
