namespace FastRelay.Load.Processes;

/// <summary>What a worker says first.</summary>
/// <param name="Port">Where it listens on 127.0.0.1.</param>
/// <param name="Trust">For a server: what its clients are given to trust; else empty.</param>
internal sealed record WorkerReady(int Port, string Trust);
