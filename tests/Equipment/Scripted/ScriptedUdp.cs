using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>The UDP side of the scripted server: opens what devices send, acks when it isn't muted, sends what a test wants.</summary>
internal sealed class ScriptedUdp : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<Cid, Session> _sessions = new();
    private readonly Channel<(Heartbeat Heartbeat, IPEndPoint Source)> _heartbeats = Channel.CreateUnbounded<(Heartbeat, IPEndPoint)>();
    private readonly Channel<WakeAck> _wakeAcks = Channel.CreateUnbounded<WakeAck>();
    private readonly Channel<byte[]> _answers = Channel.CreateUnbounded<byte[]>();
    private readonly PlatformPacketAead _aead = new();
    private readonly Lock _gate = new();
    private readonly Task _receiving;

    public ScriptedUdp()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _receiving = Task.Run(ReceiveAsync);
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Whether heartbeats that ask get no ack.</summary>
    public bool IsMuted { get; set; }

    /// <summary>What acks say next.</summary>
    public int Interval { get; set; } = 250;

    public int AckEvery { get; set; } = 1;

    /// <summary>Answers a RESUME; null: nobody does.</summary>
    public Func<byte[], IPEndPoint, IEnumerable<byte[]>>? OnResume { get; set; }

    /// <summary>In the next ack only.</summary>
    public uint? Challenge { get; set; }

    public bool WakePending { get; set; }

    /// <summary>When set, acks tell the addr_tag of this address instead of the source's.</summary>
    public TransportAddress? PretendSource { get; set; }

    public int WaitingHeartbeats => _heartbeats.Reader.Count;

    public void Add(Cid cid, byte[] key, byte[] resetToken) => _sessions[cid] = new Session(key, resetToken);

    public Task<(Heartbeat Heartbeat, IPEndPoint Source)> HeartbeatAsync() => Within(_heartbeats.Reader);

    public Task<WakeAck> WakeAckAsync() => Within(_wakeAcks.Reader);

    /// <summary>The content of the next ANSWER_FAST.</summary>
    public Task<byte[]> AnswerAsync() => Within(_answers.Reader);

    public void SendWake(Cid cid, ulong wakeId) => Send(cid, (session, datagram) =>
        new Wake { Cid = cid, Counter = ++session.Counter, WakeId = wakeId, TtlSeconds = 10, Reason = Wake.ReasonRequest }.Seal(datagram, session.Key, _aead));

    public void SendRequest(Cid cid, byte[] connect2) => Send(cid, (session, datagram) =>
        new SealedRequest(cid, ++session.Counter, connect2).Seal(datagram, session.Key, _aead));

    public void SendReset(Cid cid, ushort retryAfter, byte[]? token = null) => Send(cid, (session, datagram) =>
        new Reset { Cid = cid, RetryAfterSeconds = retryAfter }.Write(datagram, token ?? session.ResetToken, 1));

    /// <summary>Sends the bytes as they are, to where the session's last heartbeat came from.</summary>
    public void SendRaw(Cid cid, byte[] bytes) => _socket.SendTo(bytes, _sessions[cid].Source!);

    public byte[] SealedWake(Cid cid, ulong wakeId)
    {
        byte[] datagram = new byte[Wake.Size];
        lock (_gate)
        {
            var session = _sessions[cid];
            new Wake { Cid = cid, Counter = ++session.Counter, WakeId = wakeId, Reason = 1 }.Seal(datagram, session.Key, _aead);
        }
        return datagram;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _receiving;
        _aead.Dispose();
    }

    private static async Task<T> Within<T>(ChannelReader<T> reader) => await reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    private void Send(Cid cid, Func<Session, byte[], int> write)
    {
        byte[] datagram = new byte[DatagramLimits.MaxSize];
        lock (_gate)
        {
            var session = _sessions[cid];
            int size = write(session, datagram);
            _socket.SendTo(datagram.AsSpan(0, size), session.Source!);
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[2048];
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                lock (_gate) OnDatagram(buffer.AsSpan(0, received.ReceivedBytes), (IPEndPoint)received.RemoteEndPoint);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                continue; // a device went away
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void OnDatagram(ReadOnlySpan<byte> datagram, IPEndPoint source)
    {
        if (DatagramHeader.TryRead(datagram, out var header) != RejectReason.None) return;
        if (header.Type == DatagramType.Resume)
        {
            foreach (byte[] answer in OnResume?.Invoke(datagram.ToArray(), source) ?? []) _socket.SendTo(answer, source);
            return;
        }
        if (!_sessions.TryGetValue(header.Cid, out var session)) return;
        session.Source = source;
        switch (header.Type)
        {
            case DatagramType.Heartbeat when Heartbeat.TryOpen(datagram, session.Key, _aead, out var heartbeat) == RejectReason.None:
                if ((heartbeat.AckWanted || heartbeat.IsLong) && !IsMuted) Acknowledge(session, heartbeat, source);
                _heartbeats.Writer.TryWrite((heartbeat, source));
                break;
            case DatagramType.WakeAck when WakeAck.TryOpen(datagram, session.Key, _aead, out var wakeAck) == RejectReason.None:
                _wakeAcks.Writer.TryWrite(wakeAck);
                break;
            case DatagramType.SealedAnswer:
                if (SealedAnswer.TryOpen(datagram, session.Key, _aead, new byte[DatagramLimits.MaxBody], out var answer) == RejectReason.None)
                    _answers.Writer.TryWrite(answer.Body.ToArray());
                break;
        }
    }

    private void Acknowledge(Session session, in Heartbeat heartbeat, IPEndPoint source)
    {
        Span<byte> datagram = stackalloc byte[DatagramLimits.LongSize];
        var ack = new Ack
        {
            Cid = heartbeat.Cid,
            Counter = ++session.Counter,
            IntervalTenths = Interval,
            AckEvery = AckEvery,
            Challenge = heartbeat.IsLong ? null : Challenge,
            WakePending = WakePending,
            HeartbeatCounter = (ushort)heartbeat.Counter,
            AddressTag = AddressTag.Of(PretendSource ?? TransportAddress.From(source)),
            IsLong = heartbeat.IsLong,
            Observed = PretendSource ?? TransportAddress.From(source),
        };
        (Challenge, WakePending) = (null, false);
        int size = ack.Seal(datagram, session.Key, _aead);
        _socket.SendTo(datagram[..size], source);
    }

    private sealed class Session(byte[] key, byte[] resetToken)
    {
        public byte[] Key { get; } = key;

        public byte[] ResetToken { get; } = resetToken;

        public ulong Counter { get; set; }

        public IPEndPoint? Source { get; set; }
    }
}
