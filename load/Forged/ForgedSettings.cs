using FastRelay.Load.Swarm;

namespace FastRelay.Load.Forged;

/// <summary>What a run of <c>forged</c> is asked for.</summary>
internal sealed record ForgedSettings
{
    /// <summary>Real devices.</summary>
    public required int Devices { get; init; }

    /// <summary>Their heartbeat interval.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long to measure.</summary>
    public required TimeSpan During { get; init; }

    /// <summary>How the devices come in.</summary>
    public SwarmEntry Entry { get; init; }
}
