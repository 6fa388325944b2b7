namespace FastRelay.Load.Scenarios;

/// <summary>In which rhythm a scenario is run.</summary>
/// <param name="During">For how long.</param>
internal abstract record LoadSimulation(TimeSpan During)
{
    /// <summary>Closed: so many copies, each of which starts its next run when the last has ended.</summary>
    internal sealed record KeepConstant(int Copies, TimeSpan During) : LoadSimulation(During);

    /// <summary>
    /// Open: so many runs an interval, evenly spread, whether earlier ones have ended or not. A run's time counts from when it was due, so
    /// that a stall shows in every run that it delayed.
    /// </summary>
    internal sealed record Inject(int Rate, TimeSpan Interval, TimeSpan During) : LoadSimulation(During);
}
