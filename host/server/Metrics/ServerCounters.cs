using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Metrics;

/// <summary>
/// What the server counts, as plain numbers: the datagram loop writes its own without a lock, connections add atomically,
/// and scrapes read. The names under which they are published are in <see cref="ServerMetrics"/>.
/// </summary>
public sealed class ServerCounters
{
    private static readonly int Reasons = Enum.GetValues<RejectReason>().Length;
    private readonly long[] _streamRejects = new long[Reasons];
    private readonly long[] _datagramRejects = new long[Reasons];
    private readonly long[] _results = new long[(int)ResultStatus.AddressRefused + 1];
    private readonly long[] _registrations = new long[(int)RegisterStatus.BadDescriptor + 1];
    private long _connectionsRefused;
    private long _handshakes;
    private long _handshakesFailed;
    private long _retries;
    private long _heartbeats;
    private long _acks;
    private long _wakes;
    private long _wakeDatagrams;
    private long _fastDatagrams;
    private long _resets;
    private long _resetsWithheld;
    private long _devices;
    private long _online;
    private long _openRequests;

    /// <summary>Connections refused before their handshake.</summary>
    public long ConnectionsRefused => Volatile.Read(ref _connectionsRefused);

    /// <summary>Handshakes completed.</summary>
    public long Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>Handshakes that didn't complete.</summary>
    public long HandshakesFailed => Volatile.Read(ref _handshakesFailed);

    /// <summary>RETRYs sent.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>Valid heartbeats.</summary>
    public long Heartbeats => Volatile.Read(ref _heartbeats);

    /// <summary>ACKs sent.</summary>
    public long Acks => Volatile.Read(ref _acks);

    /// <summary>Wakes started.</summary>
    public long Wakes => Volatile.Read(ref _wakes);

    /// <summary>WAKE datagrams sent, repetitions included.</summary>
    public long WakeDatagrams => Volatile.Read(ref _wakeDatagrams);

    /// <summary>CONNECT2_FAST datagrams sent, repetitions included.</summary>
    public long FastDatagrams => Volatile.Read(ref _fastDatagrams);

    /// <summary>RESETs sent.</summary>
    public long Resets => Volatile.Read(ref _resets);

    /// <summary>RESETs that a limit withheld.</summary>
    public long ResetsWithheld => Volatile.Read(ref _resetsWithheld);

    /// <summary>Devices registered now.</summary>
    public long Devices => Volatile.Read(ref _devices);

    /// <summary>Devices online now.</summary>
    public long Online => Volatile.Read(ref _online);

    /// <summary>Requests open now.</summary>
    public long OpenRequests => Volatile.Read(ref _openRequests);

    /// <summary>Frames and messages not taken for this reason.</summary>
    public long StreamRejects(RejectReason reason) => Volatile.Read(ref _streamRejects[(int)reason]);

    /// <summary>Datagrams not taken for this reason.</summary>
    public long DatagramRejects(RejectReason reason) => Volatile.Read(ref _datagramRejects[(int)reason]);

    /// <summary>RESULTs of this status.</summary>
    public long Results(ResultStatus status) => Volatile.Read(ref _results[(int)status]);

    /// <summary>Registrations answered with this status.</summary>
    public long Registrations(RegisterStatus status) => Volatile.Read(ref _registrations[(int)status]);

    internal void StreamRejected(RejectReason reason) => Interlocked.Increment(ref _streamRejects[(int)reason]);

    internal void DatagramRejected(RejectReason reason) => Interlocked.Increment(ref _datagramRejects[(int)reason]);

    internal void ConnectionRefused() => Interlocked.Increment(ref _connectionsRefused);

    internal void HandshakeEnded(bool completed) => Interlocked.Increment(ref completed ? ref _handshakes : ref _handshakesFailed);

    internal void RetrySent() => Interlocked.Increment(ref _retries);

    internal void ResultSent(ResultStatus status) => Interlocked.Increment(ref _results[(int)status]);

    internal void RegistrationAnswered(RegisterStatus status) => Interlocked.Increment(ref _registrations[(int)status]);

    internal void RequestOpened() => Interlocked.Increment(ref _openRequests);

    internal void RequestEnded() => Interlocked.Decrement(ref _openRequests);

    // Below: the datagram loop alone.
    internal void HeartbeatTaken() => Volatile.Write(ref _heartbeats, _heartbeats + 1);

    internal void AckSent() => Volatile.Write(ref _acks, _acks + 1);

    internal void WakeStarted() => Volatile.Write(ref _wakes, _wakes + 1);

    internal void WakeSent() => Volatile.Write(ref _wakeDatagrams, _wakeDatagrams + 1);

    internal void FastSent() => Volatile.Write(ref _fastDatagrams, _fastDatagrams + 1);

    internal void ResetSent() => Volatile.Write(ref _resets, _resets + 1);

    internal void ResetWithheld() => Volatile.Write(ref _resetsWithheld, _resetsWithheld + 1);

    internal void SetPresence(long devices, long online)
    {
        Volatile.Write(ref _devices, devices);
        Volatile.Write(ref _online, online);
    }
}
