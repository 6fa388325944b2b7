namespace FastRelay.Cli.Demo;

/// <summary>How one part of the demonstration ended.</summary>
/// <param name="Part">Which.</param>
/// <param name="Passed">Whether it did what it must.</param>
/// <param name="Detail">In words.</param>
internal sealed record DemoOutcome(string Part, bool Passed, string Detail);
