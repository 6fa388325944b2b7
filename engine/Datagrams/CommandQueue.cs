using System.Diagnostics.CodeAnalysis;

namespace FastRelay.Engine.Datagrams;

/// <summary>Commands on their way to a loop: bounded, in order, and closed without losing one that was accepted. Thread-safe.</summary>
internal sealed class CommandQueue<THandler>(int capacity)
    where THandler : struct, IDatagramHandler
{
    private readonly Lock _gate = new();
    private readonly Queue<IDatagramCommand<THandler>> _waiting = new();
    private bool _closed;
    private int _count;

    /// <summary>Commands that wait. Read without the lock: whoever adds one and then raises a signal behind a full barrier is seen by whoever takes the signal down, then looks here.</summary>
    public int Count => Volatile.Read(ref _count);

    public bool TryAdd(IDatagramCommand<THandler> command)
    {
        lock (_gate)
        {
            if (_closed || _waiting.Count >= capacity) return false;
            _waiting.Enqueue(command);
            Volatile.Write(ref _count, _waiting.Count);
            return true;
        }
    }

    public bool TryTake([MaybeNullWhen(false)] out IDatagramCommand<THandler> command)
    {
        lock (_gate)
        {
            bool taken = _waiting.TryDequeue(out command);
            Volatile.Write(ref _count, _waiting.Count);
            return taken;
        }
    }

    /// <summary>Closes the queue unless a command waits.</summary>
    public bool CloseIfEmpty()
    {
        lock (_gate) return _closed = _waiting.Count == 0;
    }

    /// <summary>Closes the queue, and abandons what waits.</summary>
    public void Close()
    {
        IDatagramCommand<THandler>[] left;
        lock (_gate)
        {
            _closed = true;
            left = [.. _waiting];
            _waiting.Clear();
            Volatile.Write(ref _count, 0);
        }
        foreach (var command in left) command.Abandon();
    }
}
