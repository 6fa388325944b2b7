namespace FastRelay.Engine.Streams.Epoll;

/// <summary>
/// A socket's descriptor and how many system calls use it now. Closing waits for none of them and is waited for by none: the last one out closes.
/// So no call ever touches a number that the kernel has given to another file. Changed in place, by any thread.
/// </summary>
internal struct HeldDescriptor(int descriptor)
{
    private const int Closing = int.MinValue;

    // Calls under way, and the sign once it is to be closed.
    private int _uses;

    /// <summary>The descriptor, to be used between <see cref="TryEnter"/> and <see cref="Leave"/>.</summary>
    public readonly int Value => descriptor;

    /// <summary>Whether another call than the caller's is under way.</summary>
    public readonly bool IsShared => (Volatile.Read(in _uses) & int.MaxValue) > 1;

    /// <summary>Begins to use it.</summary>
    /// <returns>False when it is closed or about to be.</returns>
    public bool TryEnter()
    {
        int before = Volatile.Read(ref _uses);
        while (before >= 0)
        {
            int found = Interlocked.CompareExchange(ref _uses, before + 1, before);
            if (found == before) return true;
            before = found;
        }
        return false;
    }

    /// <summary>Ends the use.</summary>
    /// <returns>Whether the caller must close now, as the last one out.</returns>
    public bool Leave() => Interlocked.Decrement(ref _uses) == Closing;

    /// <summary>Lets nobody in any more.</summary>
    /// <returns>Whether the caller must close now, since nobody is in. False for every call but the first.</returns>
    public bool BeginClose() => Interlocked.Or(ref _uses, Closing) == 0;
}
