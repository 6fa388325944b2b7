using System.Runtime.CompilerServices;
using FastRelay.Engine.Tables;
using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>
/// One shard's part of the equipment information list of the claims: for each device its ID and the IP address and port number that its
/// heartbeats come from, found by cid (datagrams) or by ID (requests). Keeps the presence counters exact. Owned by the datagram loop.
/// </summary>
internal sealed partial class EquipmentList : IDisposable
{
    /// <summary>The low bits of a cid's slot word that say the shard, so that a datagram can be steered by one byte.</summary>
    public const int ShardBits = 8;

    private readonly SlotTable<DeviceSlot> _slots;
    private readonly IdIndex<DeviceIds> _byId;
    private readonly Places _places;
    private readonly DescriptorStore _descriptors;
    private readonly TimingWheel _wheel;
    private readonly Bindings _bindings;
    private readonly HeartbeatRhythm _rhythm;
    private readonly IEntropy _entropy;
    private readonly ShardCounters _counters;
    private readonly byte _shard;
    private int _online;

    /// <param name="shard">The shard's number, which every cid of it carries.</param>
    /// <param name="slots">Its slots (<see cref="SlotsFor"/>); the list's from now on.</param>
    /// <param name="places">The places of all shards.</param>
    /// <param name="descriptors">The descriptors of all shards; told when a device comes or goes.</param>
    /// <param name="rhythm">The heartbeat's numbers.</param>
    /// <param name="entropy">For tags and nonces.</param>
    /// <param name="counters">The shard's.</param>
    /// <param name="nowMs">The shard's time.</param>
    public EquipmentList(
        byte shard, SlotTable<DeviceSlot> slots, Places places, DescriptorStore descriptors, HeartbeatRhythm rhythm,
        IEntropy entropy, ShardCounters counters, long nowMs)
    {
        _shard = shard;
        _slots = slots;
        _byId = new IdIndex<DeviceIds>(slots.Capacity, new DeviceIds(slots));
        _places = places;
        _descriptors = descriptors;
        _rhythm = rhythm;
        _entropy = entropy;
        _counters = counters;
        _bindings = new Bindings(entropy);
        _wheel = new TimingWheel(nowMs, tickMs: 10);
    }

    /// <summary>Devices that hold a session.</summary>
    public int Count => _slots.Count - _pending;

    /// <summary>Stores a device. An earlier session of it ends; its place is used again, so that a full list still takes those who are in.</summary>
    /// <param name="registration">The device.</param>
    /// <param name="record">Where its descriptor stands.</param>
    /// <param name="nowMs">The shard's time.</param>
    /// <returns><see cref="RegisterStatus.Refused"/> when the prefix holds as many places as it may, <see cref="RegisterStatus.Full"/> when the list does.</returns>
    public RegistrationOutcome Register(DeviceRegistration registration, uint record, long nowMs)
    {
        uint prefix = _places.KeyOf(AddressPrefix.OfHost(registration.Source));
        uint? replaced = null;
        bool known = _byId.TryGet(registration.Device.Value, out uint index);
        if (known && At(index) is { IsPending: true })
        {
            // Whoever has signed a handshake needs no ticket.
            RemovePending(ref At(index), index);
            known = _byId.TryGet(registration.Device.Value, out index);
        }
        if (!known)
        {
            var status = TryAllocate(prefix, out index);
            if (status != RegisterStatus.Registered) return new RegistrationOutcome(status);
            // The index reads the ID where it stands.
            At(index).Device = registration.Device;
            _byId.TryAdd(registration.Device.Value, index);
        }
        ref var slot = ref At(index);
        if (known)
        {
            Recount(ref slot, online: false);
            _bindings.Forget(ref slot, index);
            _places.Exchange(slot.Prefix, prefix);
            replaced = slot.Record;
        }
        var cid = CidOf(index, NewTag(slot.Tag));
        slot = new DeviceSlot
        {
            Generation = slot.Generation,
            Tag = cid.Tag,
            Prefix = prefix,
            Record = record,
            Device = registration.Device,
            Liveness = DeviceLiveness.Unheard(nowMs + _rhythm.PatienceMs),
            Binding = new RoamingState(registration.Source.Ip).Binding,
            EndsMs = nowMs + _rhythm.LifetimeMs,
        };
        DeriveKey(registration, cid, ref slot);
        // Whoever registers and never sends a heartbeat must not keep a place.
        _wheel.Set(index, slot.Liveness.DeadlineMs);
        Publish();
        return new RegistrationOutcome(RegisterStatus.Registered, cid, record, replaced);
    }

    /// <summary>The device of a cid; a null reference when no session has it.</summary>
    public ref DeviceSlot Find(Cid cid)
    {
        if ((byte)cid.Slot != _shard) return ref Unsafe.NullRef<DeviceSlot>();
        ref var slot = ref At(IndexOf(cid));
        if (!Unsafe.IsNullRef(ref slot) && slot.Tag != cid.Tag) slot = ref Unsafe.NullRef<DeviceSlot>();
        return ref slot;
    }

    /// <summary>Begins to bring the slot that a cid's slot word names into the cache. Any number is good.</summary>
    public void Prefetch(uint slotWord) => _slots.Prefetch(slotWord >> ShardBits);

    /// <summary>The device of an ID; a null reference when it isn't in the list.</summary>
    public ref DeviceSlot Find(DeviceId device, out Cid cid)
    {
        if (!_byId.TryGet(device.Value, out uint index))
        {
            cid = default;
            return ref Unsafe.NullRef<DeviceSlot>();
        }
        ref var slot = ref At(index);
        if (slot.IsPending)
        {
            // Only a heartbeat makes it the device's session.
            index = slot.Present;
            if (!slot.Replaces)
            {
                cid = default;
                return ref Unsafe.NullRef<DeviceSlot>();
            }
            slot = ref At(index);
        }
        cid = CidOf(index, slot.Tag);
        return ref slot;
    }

    /// <summary>Online: its heartbeats come, and there is an address to send to.</summary>
    public static bool IsOnline(in DeviceSlot slot, long nowMs) => slot.Liveness.IsOnline(nowMs) && slot.IsBound && nowMs < slot.EndsMs;

    /// <summary>
    /// A verified, fresh heartbeat came: stores the set of equipment information that it brings, which is the address and port that it came
    /// from, by the rule of SPEC 7.6.
    /// </summary>
    /// <returns>What is to be sent.</returns>
    public RoamingOutcome Store(ref DeviceSlot slot, in Heartbeat heartbeat, TransportAddress source, long nowMs)
    {
        uint index = IndexOf(heartbeat.Cid);
        var roaming = _bindings.OnHeartbeat(ref slot, index, source, heartbeat.Echo, nowMs);
        if (heartbeat.Goodbye) slot.Liveness.OnGoodbye();
        else slot.Liveness.OnHeartbeat(nowMs, _rhythm.IntervalMs, _rhythm.Missed);
        Changed(ref slot, index, nowMs);
        return roaming;
    }

    /// <summary>A device's time has come (<see cref="TakeDue"/>): it has been silent too long, or its binding moves on.</summary>
    /// <returns>What is to be sent.</returns>
    public RoamingOutcome OnTimer(ref DeviceSlot slot, Cid cid, long nowMs)
    {
        uint index = IndexOf(cid);
        var roaming = _bindings.OnTimer(ref slot, index, nowMs);
        Changed(ref slot, index, nowMs);
        return roaming;
    }

    /// <summary>The candidate that has answered its challenge: a wake goes there too (SPEC 7.6).</summary>
    public bool TryGetReachable(in DeviceSlot slot, Cid cid, out TransportAddress candidate) =>
        _bindings.TryGetReachable(slot, IndexOf(cid), out candidate);

    /// <summary>Ends the session: its place is free.</summary>
    public void Remove(ref DeviceSlot slot, Cid cid)
    {
        uint index = IndexOf(cid);
        if (slot.IsPending)
        {
            RemovePending(ref slot, index);
            return;
        }
        Recount(ref slot, online: false);
        _bindings.Forget(ref slot, index);
        _descriptors.SetAway(slot.Record, away: true);
        if (!TryLeaveToPending(ref slot, index))
        {
            _places.GiveBack(slot.Prefix);
            _byId.TryRemove(slot.Device.Value, index);
        }
        FreeSlot(index);
        Publish();
    }

    /// <summary>Takes the devices whose time has come to be looked at: at most as many as there is room for.</summary>
    public int TakeDue(long nowMs, Span<Cid> due)
    {
        Span<uint> indexes = stackalloc uint[due.Length];
        int count = _wheel.Advance(nowMs, indexes);
        for (int i = 0; i < count; i++)
        {
            ref var slot = ref At(indexes[i]);
            slot.WheelKnows = false;
            due[i] = CidOf(indexes[i], slot.Tag);
        }
        return count;
    }

    /// <summary>Whether a session is over: its lifetime has passed, or its first heartbeat never came.</summary>
    public static bool IsOver(in DeviceSlot slot, long nowMs) =>
        nowMs >= slot.EndsMs || (!slot.Liveness.IsHeard && nowMs >= slot.Liveness.DeadlineMs);

    /// <summary>Gives the memory back; the loop has ended.</summary>
    public void Dispose()
    {
        _byId.Dispose();
        _slots.Dispose();
    }

    private RegisterStatus TryAllocate(uint prefix, out uint index)
    {
        index = 0;
        var status = _places.TryTake(prefix);
        if (status != RegisterStatus.Registered) return status;
        if (_slots.TryAllocate(out var handle))
        {
            index = handle.Index;
            return RegisterStatus.Registered;
        }
        _places.GiveBack(prefix);
        return RegisterStatus.Full;
    }

    private ref DeviceSlot At(uint index)
    {
        ref var slot = ref _slots.At(index);
        if (Unsafe.IsNullRef(ref slot) || (slot.Generation & 1) == 0) return ref Unsafe.NullRef<DeviceSlot>();
        return ref slot;
    }

    private Cid CidOf(uint index, uint tag) => new((index << ShardBits) | _shard, tag);

    private static uint IndexOf(Cid cid) => cid.Slot >> ShardBits;

    private void Changed(ref DeviceSlot slot, uint index, long nowMs)
    {
        Recount(ref slot, IsOnline(slot, nowMs));
        bool online = slot.Liveness.IsOnline(nowMs);
        // A device whose deadline moves later keeps its entry, is looked at once too early and armed anew: a heartbeat costs nothing here.
        if (slot.WheelKnows && !slot.IsAside) return;
        long next = Math.Min(slot.EndsMs, _bindings.NextTimerMs(slot, index));
        if (online) next = Math.Min(next, slot.Liveness.DeadlineMs);
        bool sooner = _bindings.TryArm(slot, index, next);
        if (slot.WheelKnows && !sooner) return;
        slot.WheelKnows = online;
        _wheel.Set(index, next);
    }

    private void Recount(ref DeviceSlot slot, bool online)
    {
        if (slot.IsCountedOnline == online) return;
        slot.IsCountedOnline = online;
        _online += online ? 1 : -1;
        Publish();
    }

    private void Publish() => _counters.SetPresence(Count, _online, _pending);

    private void FreeSlot(uint index)
    {
        _wheel.Clear(index);
        if (_slots.TryGetHandle(index, out var handle)) _slots.Free(handle);
    }

    /// <summary>Never 0, and never the one before, so that a datagram of the earlier session finds nothing.</summary>
    private uint NewTag(uint before)
    {
        uint tag;
        do tag = _entropy.NextUInt32();
        while (tag == 0 || tag == before);
        return tag;
    }

    private static void DeriveKey(DeviceRegistration registration, Cid cid, ref DeviceSlot slot)
    {
        Span<byte> context = stackalloc byte[Cid.Size + DeviceId.Size];
        cid.Write(context);
        registration.Device.Write(context[Cid.Size..]);
        registration.Channel.Export("udp", context, slot.Key);
    }
}
