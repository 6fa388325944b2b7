namespace NBomber.Contracts;

/// <summary>The adapter uses none of its members.</summary>
public interface IScenarioInitContext;
