namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// Whether a device counts as online (SPEC 6.3, 10.1): from a heartbeat until <c>missed</c> intervals have passed without the next.
/// Time is a monotonic clock in ms, of which 48 bits are kept: 8,900 years, so nothing here wraps. A plain value of 8 bytes, one writer.
/// <code>
/// 63..49 marks (the owner's)   48 heard   47..0 deadline, ms
/// </code>
/// </summary>
public struct DeviceLiveness
{
    /// <summary>Bits that the owner of the value may use for himself: <see cref="Marks"/>.</summary>
    public const int MarkBits = 15;

    private const int DeadlineBits = 48;
    private const ulong DeadlineMask = (1UL << DeadlineBits) - 1;
    private const ulong HeardBit = 1UL << DeadlineBits;
    private const int MarksShift = DeadlineBits + 1;

    private ulong _word;

    /// <summary>A device that was never heard of. So is a slot of zeros.</summary>
    /// <param name="patienceMs">Until when, by the monotonic clock, its first heartbeat is waited for.</param>
    public static DeviceLiveness Unheard(long patienceMs)
    {
        var liveness = default(DeviceLiveness);
        liveness.DeadlineMs = patienceMs;
        return liveness;
    }

    /// <summary>Whether a heartbeat has come.</summary>
    public readonly bool IsHeard => (_word & HeardBit) != 0;

    /// <summary>The first ms at which the device counts as offline if nothing more comes; before the first heartbeat, when that one is overdue.</summary>
    public long DeadlineMs
    {
        readonly get => (long)(_word & DeadlineMask);
        private set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)value, DeadlineMask, nameof(value));
            _word = (_word & ~DeadlineMask) | (ulong)value;
        }
    }

    /// <summary>Fifteen bits that nothing here reads or changes: they fill the word.</summary>
    public int Marks
    {
        readonly get => (int)(_word >> MarksShift);
        set => _word = (_word & ((1UL << MarksShift) - 1)) | ((ulong)value << MarksShift);
    }

    /// <summary>A valid heartbeat came.</summary>
    /// <param name="nowMs">The monotonic clock.</param>
    /// <param name="intervalMs">The interval at which the device sends, at least 1.</param>
    /// <param name="missed">Intervals without a heartbeat after which it is offline, at least 1.</param>
    public void OnHeartbeat(long nowMs, long intervalMs, int missed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(intervalMs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(missed);
        DeadlineMs = nowMs + (intervalMs * missed);
        _word |= HeardBit;
    }

    /// <summary>The device said goodbye (SPEC 7.2), or its session ended: offline at once.</summary>
    public void OnGoodbye()
    {
        DeadlineMs = 0;
        _word |= HeardBit;
    }

    /// <summary>Whether the device counts as online.</summary>
    public readonly bool IsOnline(long nowMs) => IsHeard && nowMs < DeadlineMs;
}
