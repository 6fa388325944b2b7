using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>
/// A thread that waits for many sockets and tells each what has become ready; it holds no lock while it does. There is one for each processor,
/// made with the first connection and kept as long as the process.
/// </summary>
#pragma warning disable CA1001 // the set lives as long as the process
internal sealed class StreamLoop
#pragma warning restore CA1001
{
    private const int BatchSize = 128;

    private static readonly Lazy<StreamLoop[]> All = new(() => [.. Enumerable.Range(0, Environment.ProcessorCount).Select(static n => new StreamLoop(n))]);
    private static int s_next;

    [ThreadStatic]
    private static StreamLoop? t_current;

    private readonly EpollSet _epoll = new();
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly List<IEpollSource> _deferred = [];
    private readonly Queue<IThreadPoolWorkItem> _work = new();
    private Place[] _places = new Place[64];
    private int _used;

    private StreamLoop(int number)
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"streams {number}" };
        thread.UnsafeStart();
    }

    /// <summary>The loop on whose thread the caller runs; null on any other.</summary>
    public static StreamLoop? Current => t_current;

    /// <summary>Whether the caller runs on this loop's thread.</summary>
    public bool IsCurrent => t_current == this;

    /// <summary>The loop whose turn it is to get a connection.</summary>
    public static StreamLoop Next()
    {
        var all = All.Value;
        return all[(uint)Interlocked.Increment(ref s_next) % (uint)all.Length];
    }

    /// <summary>Gives a source a token under which its descriptor is watched.</summary>
    public long Enter(IEpollSource source)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out int index))
            {
                index = _used++;
                // Copied, not changed: the loop's thread reads without the lock.
                if (index >= _places.Length)
                {
                    var larger = new Place[_places.Length * 2];
                    _places.CopyTo(larger, 0);
                    Volatile.Write(ref _places, larger);
                }
            }
            ref var place = ref _places[index];
            place.Source = source;
            return ((long)place.Generation << 32) | (uint)index;
        }
    }

    /// <summary>Ends a token. An event that is on its way reaches the source still, or nobody.</summary>
    public void Leave(long token)
    {
        lock (_gate)
        {
            ref var place = ref _places[(int)token];
            place.Source = null;
            place.Generation++;
            _free.Push((int)token);
        }
    }

    /// <summary>Watches a source's descriptor, each change once.</summary>
    /// <returns>0, or a negative error number.</returns>
    public int Watch(int descriptor, EpollEvents events, long token) => _epoll.Watch(descriptor, events | EpollEvents.EdgeTriggered, token);

    /// <summary>Watches it for other events, or under another token; what is ready at the time is told.</summary>
    /// <returns>0, or a negative error number.</returns>
    public int WatchAnew(int descriptor, EpollEvents events, long token) => _epoll.WatchAnew(descriptor, events | EpollEvents.EdgeTriggered, token);

    /// <summary>Tells a source that it is ready to be read once the others have had their turn. On the loop's thread.</summary>
    public void Defer(IEpollSource source) => _deferred.Add(source);

    /// <summary>Does a piece of work when all that was ready has had its turn. On the loop's thread.</summary>
    public void Defer(IThreadPoolWorkItem work) => _work.Enqueue(work);

    private void Run()
    {
        t_current = this;
        Span<EpollEvent> ready = stackalloc EpollEvent[BatchSize];
        var turn = new List<IEpollSource>();
        while (true)
        {
            int count = _epoll.Wait(_deferred.Count == 0 && _work.Count == 0 ? -1 : 0, ready);
            foreach (var item in ready[..count]) Find(item.Data)?.OnReady(item.Events);
            if (_deferred.Count > 0)
            {
                turn.AddRange(_deferred);
                _deferred.Clear();
                foreach (var source in turn) source.OnReady(EpollEvents.Readable);
                turn.Clear();
            }
            if (_work.TryDequeue(out var work)) work.Execute();
        }
    }

    private IEpollSource? Find(long token)
    {
        // An array that was replaced meanwhile may name a source that has left: it knows.
        var places = Volatile.Read(ref _places);
        ref readonly var place = ref places[(int)token];
        return place.Generation == (int)(token >> 32) ? place.Source : null;
    }

    private struct Place
    {
        public IEpollSource? Source;
        public int Generation;
    }
}
