namespace FastRelay.Tidy.Tests;

/// <summary>One test of a built test assembly.</summary>
/// <param name="Name">Class and method, <c>HeartbeatTests.A_fact</c>.</param>
/// <param name="Claims">The numbers of the claims that it carries as traits.</param>
internal sealed record TestMethod(string Name, IReadOnlySet<string> Claims);
