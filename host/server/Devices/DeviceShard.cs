using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>
/// One datagram's way, all on the loop's thread and without a lock:
/// <code>
/// length, type, counter → another shard's: handed over → slot by cid → replay window → tag → window accepted
///   HB           → presence, binding → ACK into the same batch, when asked for or something is to be said
///   WAKE_ACK     → the wake rests
///   ANSWER_FAST  → to the request that waits
///   RESUME       → ticket, home shard, pending session (<see cref="ResumeReceiver"/>)
///   no such cid  → RESET, for an HB and within limits
/// </code>
/// Whatever fails is counted by its reason and gets no answer. Every reply is at most as long as what it answers.
/// </summary>
internal sealed class DeviceShard(
    byte number, EquipmentList list, WakeSender wakes, FastSender fast, ResetSender resets, ResumeReceiver resumes, DeviceSender sender,
    IPacketAead aead, ShardCounters counters, Action<DeviceId, ulong, AnswerStatus, byte[]> onAnswer) : IDisposable
{
    private const int SlotWordAt = 4;
    private readonly Cid[] _due = new Cid[64];
    private readonly byte[] _body = new byte[DatagramLimits.MaxSize];
    private HandOver[] _handOvers = [];

    /// <summary>The equipment information list.</summary>
    public EquipmentList List => list;

    /// <summary>The open wakes.</summary>
    public WakeSender Wakes => wakes;

    /// <summary>The open sealed requests.</summary>
    public FastSender Fast => fast;

    /// <summary>Makes the ways to the other shards; before the loops start.</summary>
    public void Connect(IReadOnlyList<DatagramLoop<DeviceDatagrams>> loops)
    {
        _handOvers = new HandOver[loops.Count];
        for (int i = 0; i < loops.Count; i++)
        {
            _handOvers[i] = new HandOver(counters);
            _handOvers[i].Connect(loops[i]);
        }
    }

    public void OnBatch(ref DatagramBatch batch)
    {
        // All slots at once: else each datagram would wait for its own out of memory.
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<byte> payload = batch.Payload(i);
            if (payload.Length >= DatagramLimits.ResetSize) list.Prefetch(BinaryPrimitives.ReadUInt32BigEndian(payload[SlotWordAt..]));
        }
        for (int i = 0; i < batch.Count; i++)
        {
            var reason = Take(ref batch, new Arrival(batch, i));
            if (reason != RejectReason.None) counters.DatagramRejected(reason);
        }
        foreach (var way in _handOvers) way.Flush();
    }

    /// <summary>A datagram that another shard's socket received.</summary>
    public void OnHandedOver(ref DatagramBatch output, in Arrival arrival)
    {
        var reason = Take(ref output, arrival);
        if (reason != RejectReason.None) counters.DatagramRejected(reason);
    }

    public void OnTick(ref DatagramBatch output)
    {
        int count;
        do
        {
            count = list.TakeDue(output.NowMs, _due);
            foreach (var cid in _due.AsSpan(0, count)) Look(ref output, cid);
        }
        while (count == _due.Length);
        wakes.OnTick(ref output);
        fast.OnTick(ref output);
    }

    public void Dispose()
    {
        aead.Dispose();
        resumes.Dispose();
        list.Dispose();
    }

    private RejectReason Take(ref DatagramBatch batch, in Arrival arrival)
    {
        var reason = DatagramHeader.TryRead(arrival.Payload, out var header);
        if (reason != RejectReason.None) return reason;
        if (header.Type == DatagramType.Resume) return TakeResume(ref batch, arrival);
        if (header.Type is not (DatagramType.Heartbeat or DatagramType.WakeAck or DatagramType.SealedAnswer)) return RejectReason.OutOfOrder;

        byte owner = (byte)header.Cid.Slot;
        if (owner != number && owner < _handOvers.Length)
        {
            _handOvers[owner].Add(arrival);
            return RejectReason.None;
        }
        ref var slot = ref list.Find(header.Cid);
        if (!Unsafe.IsNullRef(ref slot) && EquipmentList.IsOver(slot, batch.NowMs))
        {
            list.Remove(ref slot, header.Cid);
            slot = ref Unsafe.NullRef<DeviceSlot>();
        }
        if (Unsafe.IsNullRef(ref slot))
        {
            if (header.Type == DatagramType.Heartbeat) resets.Answer(ref batch, arrival, header.Cid);
            return RejectReason.UnknownSession;
        }
        if (slot.IsPending) return TakeFirst(ref batch, arrival, header, ref slot);
        if (!slot.Window.IsFresh(header.Counter)) return RejectReason.Replayed;

        reason = header.Type switch
        {
            DatagramType.Heartbeat => TakeHeartbeat(ref batch, arrival, ref slot),
            DatagramType.WakeAck => TakeWakeAck(arrival, ref slot),
            _ => TakeAnswer(arrival, ref slot),
        };
        // 2³² of them (DatagramLimits.MaxFailedTags) are when the count turns to 0.
        if (reason == RejectReason.BadTag && ++slot.FailedTags == 0) list.Remove(ref slot, header.Cid);
        return reason;
    }

    private RejectReason TakeHeartbeat(ref DatagramBatch batch, in Arrival arrival, ref DeviceSlot slot)
    {
        var reason = Heartbeat.TryOpen(arrival.Payload, slot.Key, aead, out var heartbeat);
        return reason == RejectReason.None ? Accept(ref batch, arrival, heartbeat, ref slot) : reason;
    }

    /// <summary>The first heartbeat of a pending session, and nothing else, makes it the device's (SPEC 7.9).</summary>
    private RejectReason TakeFirst(ref DatagramBatch batch, in Arrival arrival, in DatagramHeader header, ref DeviceSlot slot)
    {
        if (header.Type != DatagramType.Heartbeat) return RejectReason.OutOfOrder;
        var reason = Heartbeat.TryOpen(arrival.Payload, slot.Key, aead, out var heartbeat);
        if (reason != RejectReason.None) return reason;
        list.Activate(ref slot, header.Cid, arrival.Source, batch.NowMs);
        counters.Resumed(ResumeOutcome.Activated);
        return Accept(ref batch, arrival, heartbeat, ref slot);
    }

    private RejectReason TakeResume(ref DatagramBatch batch, in Arrival arrival)
    {
        var reason = resumes.Take(ref batch, arrival, out byte home);
        if (home != number && home < _handOvers.Length) _handOvers[home].Add(arrival);
        if (reason != RejectReason.None) counters.ResumeRejected(reason);
        return reason;
    }

    /// <summary>A heartbeat that is fresh and verified.</summary>
    private RejectReason Accept(ref DatagramBatch batch, in Arrival arrival, in Heartbeat heartbeat, ref DeviceSlot slot)
    {
        slot.Window.TryAccept(heartbeat.Counter);
        counters.HeartbeatTaken();

        var roaming = list.Store(ref slot, heartbeat, arrival.Source, batch.NowMs);
        bool wakePending = wakes.IsPending(slot.Device);
        if (heartbeat.AckWanted || roaming.ReplyDue || wakePending)
            sender.Acknowledge(ref batch, arrival, ref slot, heartbeat, roaming.ReplyChallenge, wakePending);
        if (roaming.BoundChallenge is { } challenge) sender.Challenge(ref batch, ref slot, heartbeat.Cid, challenge);
        return RejectReason.None;
    }

    private RejectReason TakeWakeAck(in Arrival arrival, ref DeviceSlot slot)
    {
        var reason = WakeAck.TryOpen(arrival.Payload, slot.Key, aead, out var ack);
        if (reason != RejectReason.None) return reason;
        slot.Window.TryAccept(ack.Counter);
        wakes.Acknowledged(slot.Device, ack.WakeIdHead, arrival.Source, arrival.Payload.Length);
        return RejectReason.None;
    }

    private RejectReason TakeAnswer(in Arrival arrival, ref DeviceSlot slot)
    {
        var reason = SealedAnswer.TryOpen(arrival.Payload, slot.Key, aead, _body, out var sealedAnswer);
        if (reason != RejectReason.None) return reason;
        slot.Window.TryAccept(sealedAnswer.Counter);
        reason = Answer.TryParse(sealedAnswer.Body, out var answer);
        if (reason != RejectReason.None) return reason;
        fast.Answered(answer.RequestId, arrival.Source, arrival.Payload.Length);
        onAnswer(slot.Device, answer.RequestId, answer.Status, answer.Verdict.ToArray());
        return RejectReason.None;
    }

    /// <summary>A device's time has come: it has been silent too long, its binding moves on, or its session is over.</summary>
    private void Look(ref DatagramBatch output, Cid cid)
    {
        ref var slot = ref list.Find(cid);
        if (EquipmentList.IsOver(slot, output.NowMs)) list.Remove(ref slot, cid);
        else if (list.OnTimer(ref slot, cid, output.NowMs).BoundChallenge is { } challenge) sender.Challenge(ref output, ref slot, cid, challenge);
    }
}
