namespace FastRelay.Load.Reports;

/// <summary>How many times lay between two bounds, in microseconds: above the lower, at most the upper.</summary>
internal readonly record struct LatencyBin(double FromUs, double ToUs, long Count);
