namespace FastRelay.Load.Swarm;

/// <summary>
/// The order in which devices take turns, again and again: each once in a round, those next to each other in time far apart in the swarm
/// (steps of about the golden section of their number, which has no factor in common with it).
/// </summary>
internal sealed class SwarmOrder
{
    private readonly int _first;
    private readonly int _step;
    private int _at;

    /// <summary>Makes an order.</summary>
    /// <param name="first">The first device.</param>
    /// <param name="count">How many, at least one.</param>
    public SwarmOrder(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _first = first;
        Count = count;
        _step = Math.Max(1, (int)(count * 0.618));
        while (Divisor(_step, count) != 1) _step++;
    }

    /// <summary>How many devices.</summary>
    public int Count { get; }

    /// <summary>Whose turn it is.</summary>
    public int Current => _first + _at;

    /// <summary>The next one's.</summary>
    public void Advance()
    {
        // Both are below 2³¹ − 1, their sum below 2³².
        uint next = (uint)_at + (uint)_step;
        _at = (int)(next >= (uint)Count ? next - (uint)Count : next);
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
}
