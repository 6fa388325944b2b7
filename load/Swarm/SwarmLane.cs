using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// The devices behind one source address, with one socket. A turn is: take the replies of the last turn's heartbeats, then send the next
/// devices' heartbeats. While other lanes have their turns, the target works on this one's. Used by one thread.
/// </summary>
internal sealed class SwarmLane : IDisposable
{
    /// <summary>How long a reply may take; then it counts as missing. Far above what any queue here holds.</summary>
    private const int ReplyTimeoutMs = 1_000;

    private readonly Socket _socket;
    private readonly SwarmTarget _target;
    private readonly IReadOnlyList<SimulatedDevice> _devices;
    private readonly Dictionary<uint, SimulatedDevice> _bySlot;
    private readonly IPacketAead _aead;
    private readonly SwarmCounts _counts;
    private readonly int _ackEvery;
    private readonly int _window;
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxSize];
    private int _next;
    private int _awaited;

    /// <summary>Opens the lane's socket.</summary>
    /// <param name="source">The address from which its devices registered.</param>
    /// <param name="destination">The target.</param>
    /// <param name="target">What it is.</param>
    /// <param name="devices">At least one.</param>
    /// <param name="aead">Shared by the lanes of the thread.</param>
    /// <param name="counts">Likewise.</param>
    /// <param name="ackEvery">Every how many heartbeats a device asks for an ACK.</param>
    /// <param name="window">Heartbeats a turn, at most one a device.</param>
    public SwarmLane(
        IPAddress source, IPEndPoint destination, SwarmTarget target, IReadOnlyList<SimulatedDevice> devices, IPacketAead aead, SwarmCounts counts,
        int ackEvery, int window)
    {
        _target = target;
        _devices = devices;
        _bySlot = devices.ToDictionary(d => d.Cid.Slot);
        _aead = aead;
        _counts = counts;
        _ackEvery = target == SwarmTarget.Echo ? 1 : ackEvery;
        _window = Math.Min(window, devices.Count);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = ReplyTimeoutMs, ReceiveBufferSize = 1 << 20 };
        _socket.Bind(new IPEndPoint(source, 0));
        _socket.Connect(destination);
    }

    /// <summary>One turn.</summary>
    /// <returns>Whether every reply of the last turn came.</returns>
    public bool Turn()
    {
        bool complete = TakeReplies();
        for (int i = 0; i < _window; i++)
        {
            SendHeartbeat(_devices[_next], _next);
            if (++_next == _devices.Count) _next = 0;
        }
        return complete;
    }

    /// <summary>Takes the replies that are still out.</summary>
    /// <returns>Whether they all came.</returns>
    public bool TakeReplies()
    {
        while (_awaited > 0)
        {
            int length;
            try
            {
                length = _socket.Receive(_buffer);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                GiveUp();
                return false;
            }
            if (!Take(_buffer.AsSpan(0, length))) _counts.Strange++;
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void SendHeartbeat(SimulatedDevice device, int index)
    {
        ulong counter = device.NextCounter();
        // Shifted by the device's place, so that the ACKs of a window are spread evenly.
        bool wanted = _target == SwarmTarget.Echo || device.Challenge is not null || (counter + (ulong)index) % (ulong)_ackEvery == 0;
        var heartbeat = new Heartbeat { Cid = device.Cid, Counter = counter, AckWanted = wanted, Echo = device.Challenge };
        device.Challenge = null;
        int length = heartbeat.Seal(_buffer, device.Key, _aead);
        if (wanted)
        {
            device.Awaited = counter;
            device.SentAt = Stopwatch.GetTimestamp();
            _awaited++;
            _counts.Wanted++;
        }
        _socket.Send(_buffer.AsSpan(0, length));
        _counts.Sent++;
    }

    private bool Take(ReadOnlySpan<byte> datagram)
    {
        if (DatagramHeader.TryRead(datagram, out var header) != RejectReason.None) return false;
        if (!_bySlot.TryGetValue(header.Cid.Slot, out var device) || device.Awaited == 0 || !Answers(datagram, device)) return false;
        _counts.ReplyTimes.Record((long)Stopwatch.GetElapsedTime(device.SentAt).TotalNanoseconds);
        _counts.Replied++;
        device.Awaited = 0;
        _awaited--;
        return true;
    }

    private bool Answers(ReadOnlySpan<byte> datagram, SimulatedDevice device)
    {
        if (_target == SwarmTarget.Echo)
            return Heartbeat.TryOpen(datagram, device.Key, _aead, out var echoed) == RejectReason.None && echoed.Counter == device.Awaited;
        if (Ack.TryOpen(datagram, device.Key, _aead, out var ack) != RejectReason.None) return false;
        device.Challenge = ack.Challenge;
        return ack.Challenge is not null || ack.HeartbeatCounter == (ushort)device.Awaited;
    }

    private void GiveUp()
    {
        foreach (var device in _devices) device.Awaited = 0;
        _counts.Missing += _awaited;
        _awaited = 0;
    }
}
