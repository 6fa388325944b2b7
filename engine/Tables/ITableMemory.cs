namespace FastRelay.Engine.Tables;

/// <summary>
/// One range of memory that is zero and costs nothing until it is used, and never moves: it is reserved whole and becomes usable from its
/// start on. One writer; disposed when nobody reads any more.
/// </summary>
internal unsafe interface ITableMemory : IDisposable
{
    /// <summary>The first byte, on a boundary of a page.</summary>
    byte* Start { get; }

    /// <summary>Bytes from the start that may be touched.</summary>
    long Usable { get; }

    /// <summary>Makes at least so many bytes usable.</summary>
    /// <returns>False when there is no memory for them, or they are more than were reserved.</returns>
    bool TryUse(long bytes);

    /// <summary>Gives back what lies beyond so many bytes. It stays usable: zero, or as it was.</summary>
    void GiveBack(long fromBytes);
}
