namespace FastRelay.Load.Processes;

/// <summary>What the guard of another program says first.</summary>
/// <param name="Id">The program's process.</param>
internal sealed record PeerReady(int Id);
