using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Heartbeat;

/// <summary>The counter of what one side sends in one session (SPEC 7.1): from 1, by one, never twice. It lives and dies with the key.</summary>
public struct SendCounter
{
    /// <summary>Continues after a counter already used: for tests of the end of the range.</summary>
    internal SendCounter(ulong last) => Last = last;

    /// <summary>The last counter used, 0 before the first.</summary>
    public ulong Last { get; private set; }

    /// <summary>Takes the next counter. False when 2⁶⁰ is used up: the session has ended.</summary>
    public bool TryNext(out ulong counter)
    {
        counter = 0;
        if (Last >= DatagramLimits.MaxCounter) return false;
        counter = ++Last;
        return true;
    }
}
