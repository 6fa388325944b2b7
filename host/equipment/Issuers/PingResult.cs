namespace FastRelay.Equipment;

/// <summary>A device answered.</summary>
/// <param name="RoundTrip">From the request to its answer, through the server.</param>
/// <param name="WaitedForDevice">The part of it that the server spent waiting for the device.</param>
public sealed record PingResult(TimeSpan RoundTrip, TimeSpan WaitedForDevice);
