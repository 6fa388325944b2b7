namespace FastRelay.Server.Connections;

/// <summary>All connections that are served, in a list that goes through them: a place costs two references. Thread-safe.</summary>
internal sealed class OpenConnections
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _empty;
    private FrameStream? _first;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Puts one in.</summary>
    public void Add(FrameStream connection)
    {
        lock (_gate)
        {
            connection.Next = _first;
            if (_first is not null) _first.Previous = connection;
            _first = connection;
            Count++;
        }
    }

    /// <summary>Takes one out, once.</summary>
    public void Remove(FrameStream connection)
    {
        lock (_gate)
        {
            if (connection.Previous is { } previous) previous.Next = connection.Next;
            else _first = connection.Next;
            if (connection.Next is { } next) next.Previous = connection.Previous;
            connection.Next = connection.Previous = null;
            if (--Count == 0) _empty?.TrySetResult();
        }
    }

    /// <summary>Those that there are now.</summary>
    public List<FrameStream> All()
    {
        var all = new List<FrameStream>();
        lock (_gate)
        {
            for (var at = _first; at is not null; at = at.Next) all.Add(at);
        }
        return all;
    }

    /// <summary>Waits until there is none; nobody may be added any more.</summary>
    public Task EmptyAsync()
    {
        lock (_gate)
        {
            if (Count == 0) return Task.CompletedTask;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }
}
