namespace FastRelay.Protocol.Heartbeat;

/// <summary>Waits drawn at random, so that a million devices don't act at once (SPEC 7.4, 7.5, 10.3).</summary>
public static class Jitter
{
    /// <summary>Most seconds that a device waits after a RESET (SPEC 7.5).</summary>
    public const int MaxResetSeconds = 60;

    /// <summary>Retries of a heartbeat whose ACK doesn't come: each so long after the one before (SPEC 7.4).</summary>
    public static ReadOnlySpan<int> HeartbeatRetrySeconds => [1, 2, 4];

    /// <summary>U[low, high] in ms, both ends included.</summary>
    public static long Uniform(long lowMs, long highMs, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        ArgumentOutOfRangeException.ThrowIfLessThan(highMs, lowMs);
        // Multiply and shift maps 64 random bits on the range; the bias is below 2⁻³⁰ for any range in use.
        UInt128 span = (UInt128)((Int128)highMs - lowMs + 1);
        return (long)(lowMs + (Int128)((entropy.NextUInt64() * span) >> 64));
    }

    /// <summary>The wait before the next heartbeat: <c>interval × U[0.8, 1.0]</c> (SPEC 7.4).</summary>
    public static long HeartbeatWaitMs(long intervalMs, IEntropy entropy) => Uniform(intervalMs - intervalMs / 5, intervalMs, entropy);

    /// <summary>The wait after a RESET: <c>U[0, min(retry_after, 60 s)]</c> (SPEC 7.5).</summary>
    public static long ResetWaitMs(int retryAfterSeconds, IEntropy entropy) =>
        Uniform(0, Math.Clamp(retryAfterSeconds, 0, MaxResetSeconds) * 1000L, entropy);
}
