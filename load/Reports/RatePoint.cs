namespace FastRelay.Load.Reports;

/// <summary>The rate during the time that ends here.</summary>
/// <param name="Seconds">Since the start of what is measured.</param>
/// <param name="PerSecond">The rate since the point before.</param>
internal readonly record struct RatePoint(double Seconds, double PerSecond);
