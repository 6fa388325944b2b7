namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// The waits between attempts to reach a server (SPEC 10.3): attempt n, from 0, waits <c>U[0, min(300 s, 1 s · 2ⁿ)]</c>, after what the
/// server asked for. Not thread-safe.
/// </summary>
public sealed class BackOff
{
    /// <summary>The longest wait, and the longest retry_after that is honoured.</summary>
    public const int MaxSeconds = 300;

    // 2⁹ s is more than the longest wait.
    private const int LastStep = 9;

    private readonly IEntropy _entropy;
    private int _attempt;

    /// <summary>Starts at attempt 0.</summary>
    public BackOff(IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        _entropy = entropy;
    }

    /// <summary>Attempts since the last success.</summary>
    public int Attempt => _attempt;

    /// <summary>The wait before the next attempt; counts it.</summary>
    /// <param name="retryAfterSeconds">What the server asked for, waited first as U[0, retry_after]; 0 when it asked for nothing.</param>
    public TimeSpan Next(int retryAfterSeconds = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retryAfterSeconds);
        long most = Math.Min(MaxSeconds, 1L << Math.Min(_attempt, LastStep)) * 1000;
        if (_attempt < int.MaxValue) _attempt++;
        long asked = retryAfterSeconds == 0 ? 0 : Jitter.Uniform(0, Math.Min(retryAfterSeconds, MaxSeconds) * 1000L, _entropy);
        return TimeSpan.FromMilliseconds(asked + Jitter.Uniform(0, most, _entropy));
    }

    /// <summary>A registration succeeded: the next failure starts anew.</summary>
    public void Reset() => _attempt = 0;
}
