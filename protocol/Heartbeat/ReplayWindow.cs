using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// Which counters of one direction were seen (SPEC 7.1): the highest and, in a bitmap of 64 bits, the ones below it.
/// 16 bytes; a plain value that belongs to its session, one writer.
/// </summary>
public struct ReplayWindow
{
    /// <summary>Counters that the window spans, the highest included.</summary>
    public const int Span = 64;

    // Bit i stands for _highest - i.
    private ulong _highest;
    private ulong _seen;

    /// <summary>The highest counter accepted, 0 before the first.</summary>
    public readonly ulong Highest => _highest;

    /// <summary>
    /// Whether <paramref name="counter"/> may still come: the cheap check before the tag is verified. Changes nothing.
    /// 0, above 2⁶⁰, seen, or older than the window: false.
    /// </summary>
    public readonly bool IsFresh(ulong counter)
    {
        if (counter is 0 or > DatagramLimits.MaxCounter) return false;
        if (counter > _highest) return true;
        ulong age = _highest - counter;
        return age < Span && (_seen & (1UL << (int)age)) == 0;
    }

    /// <summary>Marks a counter as seen; only after its datagram's tag was verified. False, and nothing changed, when it isn't fresh.</summary>
    public bool TryAccept(ulong counter)
    {
        if (!IsFresh(counter)) return false;
        if (counter <= _highest)
        {
            _seen |= 1UL << (int)(_highest - counter);
            return true;
        }
        ulong step = counter - _highest;
        _seen = step < Span ? (_seen << (int)step) | 1 : 1;
        _highest = counter;
        return true;
    }
}
