using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Tests.Support;

/// <summary>A client's TCP connection to a server, driven by the protocol's client machine.</summary>
internal sealed class TestConnection : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly TimeProvider _time;
    private SecureChannel? _channel;

    private TestConnection(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _time = time;
    }

    public SecureChannel Channel => _channel!;

    public TransportAddress Observed { get; private set; }

    public TransportAddress Local => TransportAddress.From((IPEndPoint)_socket.LocalEndPoint!);

    public ServerChain? ServerChain { get; private set; }

    /// <summary>Connects, without a byte sent.</summary>
    public static async Task<TestConnection> ConnectAsync(TestServer server, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await socket.ConnectAsync(server.EndPoint).Bounded();
        return new TestConnection(socket, server.Time);
    }

    /// <summary>Connects, and expects to be reset without a word.</summary>
    public static async Task IsTurnedAwayAsync(TestServer server, IPAddress? from = null)
    {
        try
        {
            await using var connection = await ConnectAsync(server, from);
            (await connection.EndsWithoutAWordAsync()).ShouldBeTrue();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The reset was faster than connect's return.
        }
    }

    /// <summary>Connects and shakes hands.</summary>
    public static async Task<TestConnection> OpenAsync(
        TestServer server, ConnectionRole role, ECDsa? identity = null, ulong wakeId = 0, IPAddress? from = null, ServerChain? cached = null,
        ReadOnlyMemory<byte> ticket = default, ResumeKeys? ticketKeys = null)
    {
        var connection = await ConnectAsync(server, from);
        var (status, reason) = await connection.ShakeHandsAsync(server, role, identity, wakeId, cached, ticket, ticketKeys);
        status.ShouldBe(HandshakeStatus.Completed, reason.ToString());
        return connection;
    }

    public async Task<(HandshakeStatus Status, RejectReason Reason)> ShakeHandsAsync(
        TestServer server, ConnectionRole role, ECDsa? identity = null, ulong wakeId = 0, ServerChain? cached = null,
        ReadOnlyMemory<byte> ticket = default, ResumeKeys? ticketKeys = null)
    {
        using var handshake = new ClientHandshake(new ClientHandshakeOptions
        {
            Role = role,
            Policy = server.Policy(),
            Identity = identity,
            WakeId = wakeId,
            Cached = cached,
            Ticket = ticket,
            TicketKeys = ticketKeys,
        });
        var output = new ArrayBufferWriter<byte>();
        handshake.Start(_time.GetUtcNow(), output);
        var status = HandshakeStatus.Continue;
        while (status == HandshakeStatus.Continue)
        {
            await SendRawAsync(output.WrittenMemory);
            output.Clear();
            if (await ReceiveFrameAsync() is not { } frame) return (HandshakeStatus.Failed, RejectReason.TooShort);
            status = handshake.Process(frame.Type, frame.Payload, _time.GetUtcNow(), output);
        }
        if (status == HandshakeStatus.Failed) return (status, handshake.Reason);
        await SendRawAsync(output.WrittenMemory);
        _channel = handshake.TakeChannel();
        Observed = handshake.Observed;
        ServerChain = handshake.ServerChain;
        return (status, RejectReason.None);
    }

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes).AsTask().Bounded();

    public Task SendAsync(byte type, byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        Channel.Seal(type, content, output, 0);
        return SendRawAsync(output.WrittenMemory);
    }

    /// <summary>The next frame; null when the connection ended.</summary>
    public async Task<(byte Type, byte[] Header, byte[] Payload)?> ReceiveFrameAsync()
    {
        byte[] header = new byte[FrameHeader.Size];
        if (!await TryReadAsync(header)) return null;
        byte[] payload = new byte[(header[2] << 8) | header[3]];
        return await TryReadAsync(payload) ? (header[0], header, payload) : null;
    }

    /// <summary>The next message; null when the connection ended.</summary>
    public async Task<(byte Type, byte[] Content)?> ReceiveAsync()
    {
        if (await ReceiveFrameAsync() is not { } frame) return null;
        Channel.TryOpen(frame.Header, frame.Payload, out byte type, out var content).ShouldBe(RejectReason.None);
        return (type, content.ToArray());
    }

    /// <summary>The next message, which must be of this type.</summary>
    public async Task<byte[]> ReceiveAsync(byte type)
    {
        var message = await ReceiveAsync();
        message.ShouldNotBeNull();
        message.Value.Type.ShouldBe(type);
        return message.Value.Content;
    }

    /// <summary>Waits for the server's end of the connection; true when not a byte came before it.</summary>
    public async Task<bool> EndsWithoutAWordAsync() => await ReceiveFrameAsync() is null;

    /// <summary>Ends this side's direction.</summary>
    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _stream.DisposeAsync();
    }

    private async Task<bool> TryReadAsync(byte[] bytes)
    {
        try
        {
            await _stream.ReadExactlyAsync(bytes).AsTask().Bounded();
            return true;
        }
        catch (Exception e) when (e is EndOfStreamException or IOException or ObjectDisposedException)
        {
            return false;
        }
    }
}
