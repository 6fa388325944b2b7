namespace NBomber.Contracts;

/// <summary>In NBomber a union of F#, which C# makes with <see cref="CSharp.Simulation"/>; here what that was told.</summary>
public sealed record LoadSimulation(string Kind, int Amount, TimeSpan Interval, TimeSpan During);
