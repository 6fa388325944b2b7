using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Limits;

namespace FastRelay.Server.Metrics;

/// <summary>
/// What the server counts, as plain numbers: each shard writes its own without a lock (<see cref="ShardCounters"/>), connections add
/// atomically, and scrapes read. The names under which they are published are in <see cref="ServerMetrics"/>.
/// </summary>
public sealed class ServerCounters
{
    private static readonly int Reasons = Enum.GetValues<RejectReason>().Length;
    private readonly long[] _streamRejects = new long[Reasons];
    private readonly long[] _results = new long[(int)ResultStatus.AddressRefused + 1];
    private readonly long[] _registrations = new long[(int)RegisterStatus.BadDescriptor + 1];
    private long _connectionsRefused;
    private long _handshakes;
    private long _handshakesFailed;
    private readonly long[] _handshakesRefused = new long[(int)HandshakeRefusal.QueueFull + 1];
    private long _retries;
    private long _ticketsKnown;
    private long _ticketsRefused;
    private long _openRequests;
    private volatile ShardCounters[] _shards = [];

    /// <summary>Connections refused before their handshake.</summary>
    public long ConnectionsRefused => Volatile.Read(ref _connectionsRefused);

    /// <summary>Handshakes completed.</summary>
    public long Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>Handshakes that didn't complete.</summary>
    public long HandshakesFailed => Volatile.Read(ref _handshakesFailed);

    /// <summary>Handshakes refused under load, for this reason.</summary>
    public long HandshakesRefused(HandshakeRefusal refusal) => Volatile.Read(ref _handshakesRefused[(int)refusal]);

    /// <summary>RETRYs sent.</summary>
    public long Retries => Volatile.Read(ref _retries);

    /// <summary>HELLOs whose ticket was good.</summary>
    public long TicketsKnown => Volatile.Read(ref _ticketsKnown);

    /// <summary>HELLOs whose ticket or binder wasn't good: they were served as if they had shown none.</summary>
    public long TicketsRefused => Volatile.Read(ref _ticketsRefused);

    /// <summary>Valid heartbeats.</summary>
    public long Heartbeats => Sum(static shard => shard.Heartbeats);

    /// <summary>ACKs sent.</summary>
    public long Acks => Sum(static shard => shard.Acks);

    /// <summary>Wakes started.</summary>
    public long Wakes => Sum(static shard => shard.Wakes);

    /// <summary>WAKE datagrams sent, repetitions included.</summary>
    public long WakeDatagrams => Sum(static shard => shard.WakeDatagrams);

    /// <summary>CONNECT2_FAST datagrams sent, repetitions included.</summary>
    public long FastDatagrams => Sum(static shard => shard.FastDatagrams);

    /// <summary>RESETs sent.</summary>
    public long Resets => Sum(static shard => shard.Resets);

    /// <summary>RESETs that a limit withheld.</summary>
    public long ResetsWithheld => Sum(static shard => shard.ResetsWithheld);

    /// <summary>Datagrams that one shard received for another, and handed over.</summary>
    public long HandOvers => Sum(static shard => shard.HandOvers);

    /// <summary>The same that found no room and were dropped.</summary>
    public long HandOversDropped => Sum(static shard => shard.HandOversDropped);

    /// <summary>Devices registered now.</summary>
    public long Devices => Sum(static shard => shard.Devices);

    /// <summary>Devices online now.</summary>
    public long Online => Sum(static shard => shard.Online);

    /// <summary>Sessions that a RESUME has made and no heartbeat has confirmed yet, now.</summary>
    public long PendingSessions => Sum(static shard => shard.Pending);

    /// <summary>Requests open now.</summary>
    public long OpenRequests => Volatile.Read(ref _openRequests);

    /// <summary>Frames and messages not taken for this reason.</summary>
    public long StreamRejects(RejectReason reason) => Volatile.Read(ref _streamRejects[(int)reason]);

    /// <summary>Datagrams not taken for this reason.</summary>
    public long DatagramRejects(RejectReason reason) => _shards.Sum(shard => shard.Rejects(reason));

    /// <summary>RESUMEs not taken for this reason.</summary>
    public long ResumeRejects(RejectReason reason) => _shards.Sum(shard => shard.ResumeRejects(reason));

    /// <summary>RESUMEs with this outcome.</summary>
    internal long Resumes(ResumeOutcome outcome) => _shards.Sum(shard => shard.Resumes(outcome));

    /// <summary>RESULTs of this status.</summary>
    public long Results(ResultStatus status) => Volatile.Read(ref _results[(int)status]);

    /// <summary>Registrations answered with this status.</summary>
    public long Registrations(RegisterStatus status) => Volatile.Read(ref _registrations[(int)status]);

    internal void StreamRejected(RejectReason reason) => Interlocked.Increment(ref _streamRejects[(int)reason]);

    internal void ConnectionRefused() => Interlocked.Increment(ref _connectionsRefused);

    internal void HandshakeEnded(bool completed) => Interlocked.Increment(ref completed ? ref _handshakes : ref _handshakesFailed);

    internal void HandshakeRefused(HandshakeRefusal refusal) => Interlocked.Increment(ref _handshakesRefused[(int)refusal]);

    internal void RetrySent() => Interlocked.Increment(ref _retries);

    internal void TicketShown(bool known) => Interlocked.Increment(ref known ? ref _ticketsKnown : ref _ticketsRefused);

    internal void ResultSent(ResultStatus status) => Interlocked.Increment(ref _results[(int)status]);

    internal void RegistrationAnswered(RegisterStatus status) => Interlocked.Increment(ref _registrations[(int)status]);

    internal void RequestOpened() => Interlocked.Increment(ref _openRequests);

    internal void RequestEnded() => Interlocked.Decrement(ref _openRequests);

    /// <summary>The counters of one more shard, for its datagram loop alone. Before the loops start.</summary>
    internal ShardCounters AddShard()
    {
        var shard = new ShardCounters();
        _shards = [.. _shards, shard];
        return shard;
    }

    private long Sum(Func<ShardCounters, long> count) => _shards.Sum(count);
}
