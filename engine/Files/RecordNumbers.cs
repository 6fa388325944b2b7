using System.Numerics;

namespace FastRelay.Engine.Files;

/// <summary>Which numbers below an end are free: a bit each, so that ten million take 1.25 MB. Not thread-safe.</summary>
internal sealed class RecordNumbers(uint end, uint capacity)
{
    private const int Word = 64;

    private ulong[] _free = [];
    private uint _freeCount;
    // Round and round, so that a number just given back isn't the next one taken.
    private int _next;

    /// <summary>Every number below is taken or free; none at or above was ever taken.</summary>
    public uint End { get; private set; } = end;

    public bool TryTake(out uint number)
    {
        if (_freeCount > 0)
        {
            if (_next >= _free.Length) _next = 0;
            while (_free[_next] == 0) _next = _next + 1 == _free.Length ? 0 : _next + 1;
            int bit = BitOperations.TrailingZeroCount(_free[_next]);
            _free[_next] &= ~(1UL << bit);
            number = (uint)((_next * Word) + bit);
            _freeCount--;
            _next++;
            return true;
        }
        number = End;
        if (End >= capacity) return false;
        End++;
        return true;
    }

    public bool IsFree(uint number) => number / Word < (uint)_free.Length && (_free[number / Word] & (1UL << (int)(number % Word))) != 0;

    /// <summary>Gives a number back; false when it isn't taken.</summary>
    public bool TryGive(uint number)
    {
        if (number >= End || IsFree(number)) return false;
        int word = (int)(number / Word);
        if (word >= _free.Length) Array.Resize(ref _free, Math.Max(word + 1, _free.Length * 2));
        _free[word] |= 1UL << (int)(number % Word);
        _freeCount++;
        return true;
    }
}
