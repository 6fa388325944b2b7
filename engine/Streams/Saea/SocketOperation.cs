using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace FastRelay.Engine.Streams.Saea;

/// <summary>
/// One direction's socket operation, used over and over: awaiting it allocates nothing. One operation at a time.
/// </summary>
internal sealed class SocketOperation() : SocketAsyncEventArgs(unsafeSuppressExecutionContextFlow: true), IValueTaskSource<SocketOutcome>
{
    // The awaiter is a pump of this library's, which does no user's work; it may run where the completion is reported.
    private ManualResetValueTaskSourceCore<SocketOutcome> _completion = new() { RunContinuationsAsynchronously = false };
    private List<ArraySegment<byte>>? _segments;

    /// <summary>Completes when there is something to receive (data, FIN or an error), without holding a buffer meanwhile.</summary>
    public ValueTask<SocketOutcome> WaitForDataAsync(Socket socket) => ReceiveAsync(socket, Memory<byte>.Empty);

    /// <summary>Receives into the buffer; 0 bytes into a buffer that isn't empty is FIN.</summary>
    public ValueTask<SocketOutcome> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        _completion.Reset();
        SetBuffer(buffer);
        try
        {
            if (socket.ReceiveAsync(this)) return new ValueTask<SocketOutcome>(this, _completion.Version);
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<SocketOutcome>(new SocketOutcome(SocketError.OperationAborted, 0));
        }
        return new ValueTask<SocketOutcome>(new SocketOutcome(SocketError, BytesTransferred));
    }

    /// <summary>Sends from the front of the sequence; may send less than all of it.</summary>
    public ValueTask<SocketOutcome> SendAsync(Socket socket, in ReadOnlySequence<byte> bytes)
    {
        _completion.Reset();
        if (bytes.IsSingleSegment) UseSingle(bytes.First);
        else UseList(bytes);
        try
        {
            if (socket.SendAsync(this)) return new ValueTask<SocketOutcome>(this, _completion.Version);
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<SocketOutcome>(new SocketOutcome(SocketError.OperationAborted, 0));
        }
        return new ValueTask<SocketOutcome>(new SocketOutcome(SocketError, BytesTransferred));
    }

    /// <summary>Lets go of the buffers, so that a waiting operation keeps none alive.</summary>
    public void ForgetBuffers()
    {
        if (BufferList is not null) BufferList = null;
        else SetBuffer(null, 0, 0);
        _segments?.Clear();
    }

    SocketOutcome IValueTaskSource<SocketOutcome>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<SocketOutcome>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<SocketOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e) => _completion.SetResult(new SocketOutcome(SocketError, BytesTransferred));

    private void UseSingle(ReadOnlyMemory<byte> bytes)
    {
        if (BufferList is not null) BufferList = null;
        SetBuffer(MemoryMarshal.AsMemory(bytes));
    }

    private void UseList(in ReadOnlySequence<byte> bytes)
    {
        if (BufferList is null) SetBuffer(null, 0, 0);
        _segments ??= [];
        _segments.Clear();
        foreach (var memory in bytes)
        {
            if (!MemoryMarshal.TryGetArray(memory, out var segment))
                throw new InvalidOperationException("The stream's memory pool hands out memory that isn't an array's.");
            _segments.Add(segment);
        }
        // The setter copies the list: filling it first is what makes the change be seen.
        BufferList = _segments;
    }
}
