namespace FastRelay.Engine.Tests;

/// <summary>Tests that measure the process as a whole and so run while no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
