using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using FastRelay.Load.Scenarios;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Handshakes.Clients;

/// <summary>
/// One client that connects, shakes hands, says CLOSE and waits for the server's FIN, again and again. Its loop drives it
/// (<see cref="HandshakeLoop"/>); <see cref="ShakeHandsAsync"/> alone may be called from elsewhere, once at a time.
/// </summary>
/// <param name="loop">Whose it is.</param>
/// <param name="server">Where it connects to.</param>
/// <param name="source">Where from.</param>
internal sealed class HandshakeClient(HandshakeLoop loop, IPEndPoint server, IPAddress source) : IValueTaskSource<StepResponse>, IDisposable
{
    // A flight of the server's, certificates included.
    private readonly byte[] _received = new byte[2 * (FrameHeader.Size + FrameHeader.MaxPayloadToClient)];
    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private readonly IPEndPoint _from = new(source, 0);

    // Whoever waits goes on in the loop: its next handshake is one of the loop's as well.
    private ManualResetValueTaskSourceCore<StepResponse> _ended = new() { RunContinuationsAsynchronously = false };
    private HandshakeKind? _kind;
    private CancellationToken _cancellation;
    private Socket? _socket;
    private ClientHandshake? _handshake;
    private int _count;
    private bool _completed;

    /// <summary>The chain of the last handshake.</summary>
    public ServerChain? Chain { get; private set; }

    /// <summary>The socket's descriptor; 0 when there was none to be had.</summary>
    public int Descriptor { get; private set; }

    /// <summary>Whether a handshake is under way that nobody waits for any more.</summary>
    public bool IsGivenUp => _socket is not null && _cancellation.IsCancellationRequested;

    /// <summary>Shakes hands once.</summary>
    public ValueTask<StepResponse> ShakeHandsAsync(HandshakeKind kind, CancellationToken cancellation)
    {
        _ended.Reset();
        _kind = kind;
        _cancellation = cancellation;
        loop.Post(this);
        return new ValueTask<StepResponse>(this, _ended.Version);
    }

    /// <summary>Connects and sends the first flight.</summary>
    public void Begin()
    {
        try
        {
            Descriptor = 0;
            _count = 0;
            _completed = false;
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _socket.Bind(_from);
            // On loopback this doesn't wait: the kernel shakes hands with itself.
            _socket.Connect(server);
            _socket.Blocking = false;
            _handshake = loop.CreateHandshake(_kind!);
            _handshake.Start(DateTimeOffset.UtcNow, _output);
            Send();
            Descriptor = (int)_socket.Handle;
        }
        catch (SocketException e)
        {
            End(StepResponse.Fail(e.SocketErrorCode.ToString()));
        }
    }

    /// <summary>Takes what has come.</summary>
    public void OnReadable()
    {
        try
        {
            Receive();
        }
        catch (SocketException e)
        {
            End(StepResponse.Fail(e.SocketErrorCode.ToString()));
        }
    }

    /// <summary>Gives the handshake up.</summary>
    public void GiveUp() => End(StepResponse.Fail("given up"));

    public void Dispose()
    {
        _handshake?.Dispose();
        _socket?.Dispose();
    }

    StepResponse IValueTaskSource<StepResponse>.GetResult(short token) => _ended.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<StepResponse>.GetStatus(short token) => _ended.GetStatus(token);

    void IValueTaskSource<StepResponse>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _ended.OnCompleted(continuation, state, token, flags);

    private void Receive()
    {
        int taken = _socket!.Receive(_received.AsSpan(_count), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return;
        if (error != SocketError.Success)
        {
            End(StepResponse.Fail(error.ToString()));
            return;
        }
        if (taken == 0)
        {
            End(_completed ? StepResponse.Ok() : StepResponse.Fail("closed"));
            return;
        }
        // The server's CLOSE isn't waited for nor looked at: its FIN is.
        if (_completed) return;
        _count += taken;
        if (!TakeFrames(out string? failure)) End(StepResponse.Fail(failure));
    }

    private bool TakeFrames(out string failure)
    {
        failure = "";
        var rest = new ReadOnlySequence<byte>(_received, 0, _count);
        FrameStatus status;
        while ((status = FrameReader.TryRead(ref rest, _handshake!.MaxPayload, out var frame)) == FrameStatus.Frame)
        {
            var progress = _handshake.Process(frame.Type, frame.Payload.FirstSpan, DateTimeOffset.UtcNow, _output);
            if (progress == HandshakeStatus.Failed)
            {
                failure = _handshake.Reason.ToString();
                return false;
            }
            if (progress != HandshakeStatus.Completed) continue;
            Complete();
            return true;
        }
        if (status == FrameStatus.Malformed)
        {
            failure = "malformed";
            return false;
        }
        int left = (int)rest.Length;
        if (left > 0 && left < _count) rest.FirstSpan.CopyTo(_received);
        _count = left;
        Send();
        return true;
    }

    // The client's FIN and its CLOSE leave in one segment, and TCP's FIN after them.
    private void Complete()
    {
        using (var channel = _handshake!.TakeChannel()) channel.Seal(InnerType.Close, [(byte)CloseReason.Done], _output, nowMs: 0);
        Chain = _handshake.ServerChain;
        Send();
        _socket!.Shutdown(SocketShutdown.Send);
        _completed = true;
    }

    private void Send()
    {
        if (_output.WrittenCount == 0) return;
        int sent = _socket!.Send(_output.WrittenSpan, SocketFlags.None, out var error);
        // What a handshake sends is far less than a socket's buffer.
        if (error != SocketError.Success || sent < _output.WrittenCount) throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
        _output.ResetWrittenCount();
    }

    private void End(StepResponse response)
    {
        Dispose();
        _output.ResetWrittenCount();
        _socket = null;
        _handshake = null;
        _ended.SetResult(response);
    }
}
