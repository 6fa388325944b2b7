using NBomber.Contracts;
using NBomber.Contracts.Stats;

namespace NBomber;

/// <summary>What a run was told.</summary>
public sealed record NBomberContext
{
    public required IReadOnlyList<ScenarioProps> Scenarios { get; init; }

    public string TestSuite { get; init; } = "";

    public string TestName { get; init; } = "";

    public string ReportFolder { get; init; } = "";

    public IReadOnlyList<ReportFormat> ReportFormats { get; init; } = [];
}
