namespace FastRelay.Server.Connections;

/// <summary>The requests of one issuer's connection that have no answer yet, by their references. Thread-safe.</summary>
internal sealed class IssuerRequests(TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Task> _open = [];
    private readonly CancellationTokenSource _gone = new();
    private long? _lastBusy;

    /// <summary>Cancelled when nobody is there to be answered.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>How many are open.</summary>
    public int Count
    {
        get { lock (_gate) return _open.Count; }
    }

    /// <summary>Whether one with this reference is open.</summary>
    public bool Holds(uint reference)
    {
        lock (_gate) return _open.ContainsKey(reference);
    }

    /// <summary>Opens one and has it answered; that calls <see cref="Ended"/>, however it ends.</summary>
    public void Open(uint reference, Func<Task> answer)
    {
        lock (_gate) _open[reference] = Task.Run(answer);
    }

    /// <summary>One has its answer, or nobody to take it.</summary>
    public void Ended(uint reference)
    {
        lock (_gate)
        {
            _open.Remove(reference);
            _lastBusy = time.GetTimestamp();
        }
    }

    /// <summary>Completes when all that are open now have ended.</summary>
    public Task AllEnded()
    {
        lock (_gate) return Task.WhenAll(_open.Values);
    }

    /// <summary>Nobody is there any more.</summary>
    public Task CancelAsync() => _gone.CancelAsync();

    /// <summary>Whether the connection isn't idle yet: idle counts from the end of the last open request (SPEC 10.1).</summary>
    /// <param name="idle">How long it may be idle.</param>
    /// <param name="patience">How long it may still be.</param>
    public bool StillBusy(TimeSpan idle, out TimeSpan patience)
    {
        lock (_gate)
        {
            patience = idle;
            if (_open.Count > 0) return true;
            if (_lastBusy is { } last) patience -= time.GetElapsedTime(last);
            return _lastBusy is not null && patience > TimeSpan.Zero;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gone.Dispose();
}
