using System.Net.Sockets;

namespace FastRelay.Engine.Datagrams.Saea;

/// <summary>
/// One direction's operation, used over and over. It either completes at once, or it is pending: then its completion is
/// reported to the loop, which finishes it in its own time.
/// </summary>
internal sealed class PendingDatagramOperation : IDisposable
{
    private readonly SocketAsyncEventArgs _args;
    private readonly Action _signal;
    private volatile bool _completed;

    public PendingDatagramOperation(AddressFamily family, byte[] memory, Action signal)
    {
        _signal = signal;
        EndPoint = new ReusableEndPoint(family);
        _args = new SocketAsyncEventArgs(unsafeSuppressExecutionContextFlow: true) { RemoteEndPoint = EndPoint };
        _args.SetBuffer(memory, 0, 0);
        _args.Completed += (_, _) => OnCompleted();
    }

    /// <summary>The peer of the operation, read after a receive and written before a send.</summary>
    public ReusableEndPoint EndPoint { get; }

    /// <summary>Whether an operation was started and has not been finished by the loop.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Whether the kernel holds nothing of this operation.</summary>
    public bool IsQuiet => !IsPending || _completed;

    public SocketError Error => _args.SocketError;

    public int Bytes => _args.BytesTransferred;

    /// <returns>Whether it is pending; else it has completed.</returns>
    public bool StartReceive(Socket socket, int offset, int count)
    {
        _args.SetBuffer(offset, count);
        return Started(socket.ReceiveFromAsync(_args));
    }

    /// <inheritdoc cref="StartReceive"/>
    public bool StartSend(Socket socket, int offset, int count)
    {
        _args.SetBuffer(offset, count);
        return Started(socket.SendToAsync(_args));
    }

    /// <summary>Takes the completion of a pending operation, if it has come.</summary>
    public bool TryFinish()
    {
        if (!_completed) return false;
        _completed = false;
        IsPending = false;
        return true;
    }

    public void Dispose() => _args.Dispose();

    private bool Started(bool pending) => IsPending = pending;

    private void OnCompleted()
    {
        _completed = true;
        _signal();
    }
}
