using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;

namespace FastRelay.Server.Metrics;

/// <summary>
/// What one shard counts: written by its datagram loop alone, without a lock, read by scrapes. Its numbers lie in cache lines of their own,
/// so that shards don't slow each other down.
/// </summary>
internal sealed class ShardCounters
{
    // One cache line on either side, in longs.
    private const int Padding = 8;
    private readonly long[] _counts = new long[Padding + (int)Count.Rejects + (2 * RejectReasons) + Padding];

    private static int RejectReasons { get; } = Enum.GetValues<RejectReason>().Length;

    private enum Count
    {
        Heartbeats,
        Acks,
        Wakes,
        WakeDatagrams,
        FastDatagrams,
        Resets,
        ResetsWithheld,
        HandedOver,
        HandOverDropped,
        Devices,
        Online,
        Pending,
        Resumes,
        LastResumes = Resumes + ResumeOutcome.Activated,
        Rejects,
    }

    public long Heartbeats => Read(Count.Heartbeats);

    public long Acks => Read(Count.Acks);

    public long Wakes => Read(Count.Wakes);

    public long WakeDatagrams => Read(Count.WakeDatagrams);

    public long FastDatagrams => Read(Count.FastDatagrams);

    public long Resets => Read(Count.Resets);

    public long ResetsWithheld => Read(Count.ResetsWithheld);

    public long HandOvers => Read(Count.HandedOver);

    public long HandOversDropped => Read(Count.HandOverDropped);

    public long Devices => Read(Count.Devices);

    public long Online => Read(Count.Online);

    public long Pending => Read(Count.Pending);

    public long Resumes(ResumeOutcome outcome) => Read(Count.Resumes + (int)outcome);

    public long ResumeRejects(RejectReason reason) => Read(Count.Rejects + RejectReasons + (int)reason);

    public long Rejects(RejectReason reason) => Read(Count.Rejects + (int)reason);

    public void HeartbeatTaken() => Add(Count.Heartbeats);

    public void AckSent() => Add(Count.Acks);

    public void WakeStarted() => Add(Count.Wakes);

    public void WakeSent() => Add(Count.WakeDatagrams);

    public void FastSent() => Add(Count.FastDatagrams);

    public void ResetSent() => Add(Count.Resets);

    public void ResetWithheld() => Add(Count.ResetsWithheld);

    public void HandedOver() => Add(Count.HandedOver);

    public void HandOverDropped() => Add(Count.HandOverDropped);

    public void DatagramRejected(RejectReason reason) => Add(Count.Rejects + (int)reason);

    public void Resumed(ResumeOutcome outcome) => Add(Count.Resumes + (int)outcome);

    public void ResumeRejected(RejectReason reason) => Add(Count.Rejects + RejectReasons + (int)reason);

    public void SetPresence(long devices, long online, long pending)
    {
        Volatile.Write(ref At(Count.Pending), pending);
        Volatile.Write(ref At(Count.Devices), devices);
        Volatile.Write(ref At(Count.Online), online);
    }

    private long Read(Count count) => Volatile.Read(ref At(count));

    // One writer: no interlocked addition.
    private void Add(Count count)
    {
        ref long place = ref At(count);
        Volatile.Write(ref place, place + 1);
    }

    private ref long At(Count count) => ref _counts[Padding + (int)count];
}
