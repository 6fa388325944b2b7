namespace FastRelay.Load.Scenarios;

/// <summary>
/// In which rhythm a scenario is run for a time. Closed ones have so many copies, each of which starts its next run when the last has ended;
/// open ones start runs at a rate, whether earlier ones have ended or not, and a run's time counts from when it was due, so that a stall shows
/// in every run that it delayed. The names and meanings are NBomber's.
/// </summary>
/// <param name="During">For how long.</param>
internal abstract record LoadSimulation(TimeSpan During)
{
    /// <summary>Closed: so many copies.</summary>
    internal sealed record KeepConstant(int Copies, TimeSpan During) : LoadSimulation(During);

    /// <summary>Closed: evenly from as many copies as the simulation before had, 0 if it is the first, to so many.</summary>
    internal sealed record RampingConstant(int Copies, TimeSpan During) : LoadSimulation(During);

    /// <summary>Open: so many runs an interval, evenly spread.</summary>
    internal sealed record Inject(int Rate, TimeSpan Interval, TimeSpan During) : LoadSimulation(During);

    /// <summary>Open: evenly from the rate of the simulation before, 0 if it is the first, to so many an interval.</summary>
    internal sealed record RampingInject(int Rate, TimeSpan Interval, TimeSpan During) : LoadSimulation(During);

    /// <summary>Nothing is started; the next ramp begins at 0.</summary>
    internal sealed record Pause(TimeSpan During) : LoadSimulation(During);
}
