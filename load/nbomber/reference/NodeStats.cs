namespace NBomber.Contracts.Stats;

/// <summary>The adapter uses none of its members.</summary>
public sealed class NodeStats;
