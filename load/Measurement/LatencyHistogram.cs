using System.Numerics;

namespace FastRelay.Load.Measurement;

/// <summary>
/// Times, counted into buckets that grow with them: below 128 ns exact, above it each power of two is cut into 128 buckets, so a value
/// read back is at most 1/128 above the one recorded. Memory is fixed (57 KiB) however much is recorded. One writer; not thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 7;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[(64 - SubBucketBits) * SubBuckets];
    private long _max;

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The largest value recorded, exactly; 0 when there is none.</summary>
    public TimeSpan Max => ToTimeSpan(_max);

    /// <summary>Counts a time. A negative one counts as 0.</summary>
    /// <param name="nanoseconds">The time.</param>
    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        _counts[BucketOf((ulong)nanoseconds)]++;
        Count++;
        _max = Math.Max(_max, nanoseconds);
    }

    /// <summary>Counts a time.</summary>
    public void Record(TimeSpan time) => Record(time.Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>Adds all that another histogram counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
        _max = Math.Max(_max, other._max);
    }

    /// <summary>
    /// The nearest-rank percentile: the smallest time that at least this share of the values doesn't exceed, as the upper edge of its
    /// bucket, never more than <see cref="Max"/>. Zero when nothing was recorded.
    /// </summary>
    /// <param name="percent">Above 0, at most 100.</param>
    public TimeSpan Percentile(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        long rank = (long)Math.Ceiling(Count * (percent / 100));
        long seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank && seen > 0) return ToTimeSpan(Math.Min(UpperEdge(bucket), _max));
        }
        return TimeSpan.Zero;
    }

    /// <summary>The buckets that hold something, in order: the upper edge in nanoseconds, and how many values.</summary>
    public IEnumerable<(long Upper, long Count)> Buckets()
    {
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            if (_counts[bucket] > 0) yield return (Math.Min(UpperEdge(bucket), _max), _counts[bucket]);
        }
    }

    /// <summary>A percentile in microseconds.</summary>
    public double PercentileUs(double percent) => Percentile(percent).TotalMicroseconds;

    private static int BucketOf(ulong value)
    {
        int exponent = Math.Max(0, 63 - BitOperations.LeadingZeroCount(value | 1) - SubBucketBits + 1);
        // From 128 on the leading bit is implied by the exponent; the seven bits below it choose the bucket.
        return exponent == 0 ? (int)value : (exponent * SubBuckets) + (int)((value >> (exponent - 1)) - SubBuckets);
    }

    private static long UpperEdge(int bucket)
    {
        int exponent = bucket / SubBuckets;
        if (exponent == 0) return bucket;
        long mantissa = SubBuckets + (bucket % SubBuckets);
        return ((mantissa + 1) << (exponent - 1)) - 1;
    }

    /// <summary>Rounded up to the tick of 100 ns.</summary>
    private static TimeSpan ToTimeSpan(long nanoseconds)
    {
        (long ticks, long rest) = Math.DivRem(nanoseconds, TimeSpan.NanosecondsPerTick);
        return TimeSpan.FromTicks(rest == 0 ? ticks : ticks + 1);
    }
}
