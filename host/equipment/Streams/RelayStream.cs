using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.InteropServices;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment;

/// <summary>
/// A connection between an issuer and a device, encrypted end to end (SPEC 9.5). The server sees nothing of it.
/// </summary>
/// <remarks>
/// <para>One reader and one writer may be active at a time, in parallel. Only the asynchronous members work: no thread is ever blocked.</para>
/// <para><see cref="CompleteWritesAsync"/> ends this side's data and leaves the other direction open. A read of 0 bytes is the other side's
/// end. A connection that breaks without that end is an <see cref="IOException"/>: data was cut off, and must not be taken for whole.</para>
/// <para>Disposing says goodbye and closes; <see cref="Abort"/> breaks, which the other side sees as cut off.</para>
/// </remarks>
public sealed class RelayStream : Stream
{
    /// <summary>Flush in between, so that a large write doesn't gather in memory before its first byte leaves.</summary>
    private const int FlushEvery = 64 * 1024;

    // Beside the inner types: there is no record.
    private const byte Broken = 0x00;
    private const byte Malformed = 0xFF;

    private readonly StreamConnection _connection;
    private readonly EndToEndChannel _channel;
    private readonly SignalReporter _signals;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _sealing = new(1, 1);
    private byte[]? _joined; // a frame that lies across two of the pipe's blocks
    private ReadOnlyMemory<byte> _unread;
    private SequencePosition _frameEnd;
    private bool _holdsFrame;
    private bool _readEnded;
    private bool _failed;
    private bool _writeEnded;
    private bool _dataSeen;
    private bool _dataSent;
    private int _disposed;

    internal RelayStream(StreamConnection connection, EndToEndChannel channel, DeviceId device, SignalReporter signals, TimeProvider time)
    {
        _connection = connection;
        _channel = channel;
        Device = device;
        _signals = signals;
        _time = time;
    }

    /// <summary>The device of this connection.</summary>
    public DeviceId Device { get; }

    /// <summary>The other side's transport address.</summary>
    public IPEndPoint RemoteEndPoint => _connection.RemoteAddress;

    /// <inheritdoc/>
    public override bool CanRead => _disposed == 0;

    /// <inheritdoc/>
    public override bool CanWrite => _disposed == 0;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <summary>Not supported: a connection has no length.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported: a connection has no position.</summary>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The same connection as a pair of pipes. Use either the pipes or the stream, and dispose the stream.</summary>
    public IDuplexPipe AsDuplexPipe() => new StreamDuplexPipe(this);

    /// <inheritdoc/>
    /// <returns>The bytes read; 0 when the other side has ended its data.</returns>
    /// <exception cref="IOException">The connection broke: data was cut off.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_unread.IsEmpty && !await NextDataAsync(cancellationToken)) return 0;
        int count = Math.Min(buffer.Length, _unread.Length);
        _unread.Span[..count].CopyTo(buffer.Span);
        Consume(count);
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes each record to the destination from where it was decrypted, until the other side has ended its data.</summary>
    /// <inheritdoc/>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        while (!_unread.IsEmpty || await NextDataAsync(cancellationToken))
        {
            await destination.WriteAsync(_unread, cancellationToken);
            Consume(_unread.Length);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="InvalidOperationException">This side's data was ended before.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return;
        await _sealing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            if (_writeEnded) throw new InvalidOperationException("This side's data was ended; nothing more can be written.");
            int unflushed = 0;
            while (!buffer.IsEmpty)
            {
                var part = buffer[..Math.Min(buffer.Length, RecordProtection.MaxContent)];
                buffer = buffer[part.Length..];
                unflushed += Seal(InnerType.Data, part.Span);
                if (unflushed < FlushEvery && !buffer.IsEmpty) continue;
                unflushed = 0;
                await FlushOutputAsync(cancellationToken);
            }
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Ends this side's data (END, SPEC 9.5): the other side reads 0 bytes after what was written, and may go on writing.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        await _sealing.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            if (_writeEnded) return;
            _writeEnded = true;
            // TCP stays open in both directions: NATs forget half-closed connections within a minute or two.
            Seal(InnerType.End, []);
            await FlushOutputAsync(cancellationToken);
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>Breaks the connection at once; the other side's reads fail, since its data is cut off.</summary>
    public void Abort() => _connection.Abort();

    /// <summary>Does nothing: every write leaves at once.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>Does nothing: every write leaves at once.</summary>
    public override void Flush()
    {
    }

    /// <summary>Not supported: it would block a thread. Use <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw OnlyAsynchronous();

    /// <summary>Not supported: it would block a thread. Use <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw OnlyAsynchronous();

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Says goodbye (CLOSE) where this side's data wasn't ended, and closes. What was written before still arrives.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        // A read or write still under way would keep the pipes; it ends with the connection.
        bool idle = await _sealing.WaitAsync(TimeSpan.Zero);
        if (idle && !_writeEnded && _channel.Accepted)
        {
            Seal(InnerType.Close, [(byte)CloseReason.Done]);
            await FlushQuietlyAsync();
        }
        else if (!idle)
        {
            _connection.Abort();
            await _sealing.WaitAsync();
        }
        _writeEnded = true;
        _sealing.Release(); // whoever waits to write finds the stream disposed
        _connection.Input.CancelPendingRead();
        await _connection.DisposeAsync();
        _channel.Dispose();
        if (_joined is not null) ArrayPool<byte>.Shared.Return(_joined, clearArray: true);
        _joined = null;
        await base.DisposeAsync();
    }

    /// <summary>Breaks the connection: disposing without waiting can't say goodbye. Prefer <see cref="DisposeAsync"/>.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _disposed == 0) _connection.Abort();
        base.Dispose(disposing);
    }

    /// <summary>The issuer's first record, by which it accepts the communication (SPEC 9.5).</summary>
    internal async Task SendAcceptAsync(CancellationToken cancellationToken)
    {
        int bytes = Seal(InnerType.Accept, []);
        _signals.Sent(Signal.Accept, ConnectionRole.None, bytes, RemoteEndPoint);
        await FlushOutputAsync(cancellationToken);
    }

    /// <summary>The device waits for the issuer's acceptance before it sends anything (SPEC 9.5).</summary>
    /// <returns>False when the connection ended, or said anything else.</returns>
    internal async Task<bool> ReceiveAcceptAsync(CancellationToken cancellationToken)
    {
        byte type = await NextRecordAsync(cancellationToken);
        int bytes = RecordProtection.Overhead + _unread.Length;
        bool accepted = type == InnerType.Accept;
        Consume(_unread.Length);
        if (accepted) _signals.Received(Signal.Accept, ConnectionRole.None, bytes, RemoteEndPoint);
        return accepted;
    }

    /// <summary>Moves to the next bytes of data. False at the other side's end.</summary>
    private async ValueTask<bool> NextDataAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (_readEnded) return false;
        switch (await NextRecordAsync(cancellationToken))
        {
            case InnerType.Data:
                if (!_dataSeen) _signals.Received(Signal.Data, ConnectionRole.None, RecordProtection.Overhead + _unread.Length, RemoteEndPoint);
                _dataSeen = true;
                return true;
            case InnerType.End:
            case InnerType.Close when _unread.Span[0] == (byte)CloseReason.Done:
                _readEnded = true;
                Consume(_unread.Length);
                return false;
            case Broken:
                throw Fail("The connection broke before the other side ended its data: what came is not the whole.");
            case InnerType.Close:
                throw Fail("The other side gave the connection up before it ended its data: what came is not the whole.");
            default:
                throw Fail("The other side broke the protocol; the connection was closed.");
        }
    }

    /// <summary>
    /// Decrypts the next record where it lies and holds it: <see cref="_unread"/> is its content until it is consumed.
    /// Returns its inner type, or why there is none. The channel has checked the order of types and their sizes.
    /// </summary>
    private async ValueTask<byte> NextRecordAsync(CancellationToken cancellationToken)
    {
        if (_failed) throw Fail("The connection broke before.");
        while (true)
        {
            var read = await _connection.Input.ReadAsync(cancellationToken);
            ObjectDisposedException.ThrowIf(read.IsCanceled, this);
            var rest = read.Buffer;
            switch (FrameReader.TryRead(ref rest, FrameHeader.MaxPayloadAuthenticated, out var frame))
            {
                case FrameStatus.Frame:
                    _frameEnd = rest.Start;
                    _holdsFrame = true;
                    byte type = Open(frame);
                    if (type != InnerType.KeyUpdate) return type;
                    Consume(_unread.Length);
                    continue;
                case FrameStatus.NeedMore when !read.IsCompleted:
                    _connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                case FrameStatus.NeedMore:
                    _connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    return Broken;
                default:
                    _connection.Input.AdvanceTo(read.Buffer.Start);
                    return Malformed;
            }
        }
    }

    private byte Open(in Frame frame)
    {
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        frame.Header.Write(header);
        // The bytes are the pipe's own and nobody else's until they are advanced over, so they may be decrypted where they lie.
        var payload = frame.Payload.IsSingleSegment ? MemoryMarshal.AsMemory(frame.Payload.First) : Joined(frame.Payload);
        if (_channel.TryOpen(header, payload.Span, out byte type, out var content) != RejectReason.None) return Malformed;
        _unread = payload[..content.Length];
        return type;
    }

    private Memory<byte> Joined(in ReadOnlySequence<byte> payload)
    {
        _joined ??= ArrayPool<byte>.Shared.Rent(FrameHeader.MaxPayloadAuthenticated);
        payload.CopyTo(_joined);
        return _joined.AsMemory(0, (int)payload.Length);
    }

    private void Consume(int count)
    {
        _unread = _unread[count..];
        if (!_unread.IsEmpty || !_holdsFrame) return;
        _holdsFrame = false;
        _connection.Input.AdvanceTo(_frameEnd);
    }

    private int Seal(byte type, ReadOnlySpan<byte> content)
    {
        int bytes = _channel.Seal(type, content, _connection.Output, (long)_time.GetElapsedTime(0).TotalMilliseconds);
        if (type == InnerType.Data && !_dataSent)
        {
            _dataSent = true;
            _signals.Sent(Signal.Data, ConnectionRole.None, bytes, RemoteEndPoint);
        }
        return bytes;
    }

    private async ValueTask FlushOutputAsync(CancellationToken cancellationToken)
    {
        var flushed = await _connection.Output.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled) throw new IOException("The connection broke; not everything written has arrived.");
    }

    private async ValueTask FlushQuietlyAsync()
    {
        // A peer that doesn't read is cut off by the connection's own close timeout.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
        try
        {
            await _connection.Output.FlushAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _connection.Abort();
        }
    }

    /// <summary>Whatever comes after a failure is no good either.</summary>
    private IOException Fail(string message)
    {
        _failed = true;
        _unread = default;
        Consume(0);
        _connection.Abort();
        return new IOException(message);
    }

    private static NotSupportedException OnlyAsynchronous() => new("A RelayStream blocks no thread; use the asynchronous members.");

    private sealed class StreamDuplexPipe(RelayStream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }
}
