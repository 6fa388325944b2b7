namespace NBomber.Contracts;

/// <summary>Those members that the adapter uses.</summary>
public sealed record ScenarioInfo(int InstanceNumber);
