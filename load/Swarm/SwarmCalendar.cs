namespace FastRelay.Load.Swarm;

/// <summary>
/// When each device of a paced swarm has its next turn: a wheel of lists, four bytes a device, each of which stands in it at most once.
/// Adding and taking cost the same however many there are. Owned by one thread.
/// </summary>
internal sealed class SwarmCalendar
{
    private const int Buckets = 1 << 16;
    private const int None = -1;

    private readonly int[] _heads = new int[Buckets];
    private readonly int[] _next;
    private readonly long _tickMs;
    private int _due = None;
    private long _tick;

    /// <summary>Makes an empty calendar that stands at time 0.</summary>
    /// <param name="devices">How many may stand in it.</param>
    /// <param name="longest">The longest time ahead.</param>
    public SwarmCalendar(int devices, TimeSpan longest)
    {
        _next = new int[devices];
        _tickMs = 1 + ((long)longest.TotalMilliseconds / (Buckets - 2));
        Array.Fill(_heads, None);
    }

    /// <summary>Enters a device that doesn't stand in it: its turn comes then, a tick late at most, or never earlier than the next tick.</summary>
    public void Add(int device, long dueMs)
    {
        long tick = Math.Clamp((dueMs / _tickMs) + 1, _tick + 1, _tick + Buckets - 1);
        ref int head = ref _heads[tick % Buckets];
        _next[device] = head;
        head = device;
    }

    /// <summary>Takes a device whose turn has come.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTake(long nowMs, out int device)
    {
        while (_due == None && _tick < nowMs / _tickMs)
        {
            ref int head = ref _heads[++_tick % Buckets];
            (_due, head) = (head, None);
        }
        device = _due;
        if (device == None) return false;
        _due = _next[device];
        return true;
    }
}
