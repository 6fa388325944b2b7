namespace FastRelay.Equipment.Devices;

/// <summary>What became of a return by ticket (SPEC 7.9).</summary>
/// <param name="Registration">The session, when the server gave one.</param>
/// <param name="IsFull">The server is full; come back after <paramref name="RetryAfterSeconds"/>. Neither: nobody answered.</param>
/// <param name="RetryAfterSeconds">What a full server asks for.</param>
internal readonly record struct ResumeOutcome(Registration? Registration, bool IsFull = false, int RetryAfterSeconds = 0);
