namespace FastRelay.Load.Scenarios;

/// <summary>The simulations of a scenario, one after the other, as what is to go on at each moment.</summary>
internal sealed class LoadTimeline
{
    private readonly Segment[] _segments;

    /// <summary>Lays them out.</summary>
    /// <exception cref="ArgumentException">There is none, or one of them has no time or a negative number.</exception>
    public LoadTimeline(IReadOnlyList<LoadSimulation> simulations)
    {
        if (simulations.Count == 0) throw new ArgumentException("A scenario needs a simulation.", nameof(simulations));
        var segments = new List<Segment>();
        var last = default(Segment);
        foreach (var simulation in simulations)
        {
            if (simulation.During <= TimeSpan.Zero) throw new ArgumentException("A simulation needs a time.", nameof(simulations));
            last = Lay(simulation, last);
            if (last.ToCopies < 0 || last.ToRate < 0) throw new ArgumentException("A simulation can't have less than no load.", nameof(simulations));
            segments.Add(last);
        }
        _segments = [.. segments];
    }

    /// <summary>When the last simulation ends.</summary>
    public TimeSpan End => _segments[^1].End;

    /// <summary>The most copies there ever are.</summary>
    public int MostCopies => (int)_segments.Max(s => Math.Max(s.FromCopies, s.ToCopies));

    /// <summary>How many copies are to run at a moment; after the end none. A ramp from 0 has its first copy at once.</summary>
    public int CopiesAt(TimeSpan at)
    {
        foreach (var segment in _segments)
        {
            if (at >= segment.End) continue;
            double share = (at - segment.Start) / (segment.End - segment.Start);
            int copies = (int)Math.Ceiling(segment.FromCopies + ((segment.ToCopies - segment.FromCopies) * share) - 1e-9);
            return segment.ToCopies > 0 ? Math.Max(1, copies) : copies;
        }
        return 0;
    }

    /// <summary>When the runs of the open simulations are due, in order.</summary>
    public IEnumerable<TimeSpan> Dues() => _segments.SelectMany(Dues);

    private static Segment Lay(LoadSimulation simulation, in Segment before)
    {
        var end = before.End + simulation.During;
        return simulation switch
        {
            LoadSimulation.KeepConstant constant => new Segment(before.End, end, constant.Copies, constant.Copies, 0, 0),
            LoadSimulation.RampingConstant ramp => new Segment(before.End, end, before.ToCopies, ramp.Copies, 0, 0),
            LoadSimulation.Inject inject => new Segment(before.End, end, 0, 0, inject.Rate / inject.Interval.TotalSeconds, inject.Rate / inject.Interval.TotalSeconds),
            LoadSimulation.RampingInject ramp => new Segment(before.End, end, 0, 0, before.ToRate, ramp.Rate / ramp.Interval.TotalSeconds),
            LoadSimulation.Pause => new Segment(before.End, end, 0, 0, 0, 0),
            _ => throw new ArgumentException("The simulation isn't one of those known.", nameof(simulation)),
        };
    }

    /// <summary>
    /// At a rate that goes evenly from a to b runs a second within d seconds, n(t) = a·t + (b - a)·t² / 2d runs are due until t; run k is due
    /// when n(t) = k.
    /// </summary>
    private static IEnumerable<TimeSpan> Dues(Segment segment)
    {
        double seconds = (segment.End - segment.Start).TotalSeconds;
        double half = (segment.ToRate - segment.FromRate) / (2 * seconds);
        long count = (long)((segment.FromRate + segment.ToRate) / 2 * seconds + 1e-6);
        for (long k = 0; k < count; k++)
        {
            // The form of the root that holds for half = 0 too.
            double root = Math.Sqrt(Math.Max(0, (segment.FromRate * segment.FromRate) + (4 * half * k)));
            yield return segment.Start + TimeSpan.FromSeconds(k == 0 ? 0 : 2 * k / (segment.FromRate + root));
        }
    }

    private readonly record struct Segment(TimeSpan Start, TimeSpan End, double FromCopies, double ToCopies, double FromRate, double ToRate);
}
