namespace FastRelay.Equipment.Devices;

/// <summary>Why a session of heartbeats is over, and how long the server asks to wait before the next registration.</summary>
/// <param name="Cause">Why.</param>
/// <param name="RetryAfterSeconds">Of a RESET; 0 otherwise.</param>
internal readonly record struct SessionEnd(SessionEndCause Cause, int RetryAfterSeconds = 0);
