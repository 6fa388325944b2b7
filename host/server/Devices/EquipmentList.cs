using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRelay.Engine.Tables;
using FastRelay.Engine.Timing;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>
/// The equipment information list of the claims: for each device its ID and the IP address and port number that its heartbeats come
/// from, found by cid (datagrams) or by ID (requests). Keeps the presence counters exact. Owned by the datagram loop.
/// </summary>
internal sealed class EquipmentList
{
    private readonly ISlotTable<DeviceSlot> _slots;
    private readonly IIdIndex _byId;
    private readonly TimingWheel _wheel;
    private readonly HeartbeatRhythm _rhythm;
    private readonly IEntropy _entropy;
    private readonly ServerCounters _counters;
    private readonly Dictionary<AddressPrefix, int> _ofPrefix = [];
    private readonly int _mostOfPrefix;
    private int _online;

    public EquipmentList(
        ISlotTable<DeviceSlot> slots, IIdIndex byId, int mostOfPrefix, HeartbeatRhythm rhythm, IEntropy entropy, ServerCounters counters, long nowMs)
    {
        _mostOfPrefix = mostOfPrefix;
        _rhythm = rhythm;
        _entropy = entropy;
        _counters = counters;
        _slots = slots;
        _byId = byId;
        _wheel = new TimingWheel(nowMs, tickMs: 10);
    }

    /// <summary>Devices that hold a session.</summary>
    public int Count => _slots.Count;

    /// <summary>Stores a device. An earlier session of it ends; its place is used again, so that a full list still takes those who are in.</summary>
    /// <returns><see cref="RegisterStatus.Refused"/> when the prefix holds as many places as it may, <see cref="RegisterStatus.Full"/> when the list does.</returns>
    public RegisterStatus Register(DeviceRegistration registration, long nowMs, out Cid cid)
    {
        cid = default;
        var prefix = AddressPrefix.OfHost(registration.Source);
        bool known = _byId.TryGet(registration.Device.Value, out uint index);
        if (!known)
        {
            if (_ofPrefix.GetValueOrDefault(prefix) >= _mostOfPrefix) return RegisterStatus.Refused;
            if (!_slots.TryAllocate(out var handle)) return RegisterStatus.Full;
            index = handle.Index;
            _byId.TryAdd(registration.Device.Value, index);
        }
        ref var slot = ref At(index);
        if (known)
        {
            if (slot.CountedOnline) _online--;
            Leave(slot.RegisteredFrom);
        }
        CollectionsMarshal.GetValueRefOrAddDefault(_ofPrefix, prefix, out _)++;
        cid = new Cid(index, NewTag(slot.Tag));
        slot = new DeviceSlot
        {
            Tag = cid.Tag,
            RegisteredFrom = prefix,
            Device = registration.Device,
            Liveness = DeviceLiveness.Unheard,
            Roaming = new RoamingState(registration.Source.Ip),
            ArmedMs = long.MaxValue,
            EndsMs = nowMs + _rhythm.LifetimeMs,
        };
        registration.Descriptor.CopyTo(slot.Descriptor);
        DeriveKey(registration, cid, ref slot);
        // Whoever registers and never sends a heartbeat must not keep a place.
        Arm(ref slot, index, nowMs + _rhythm.PatienceMs);
        Publish();
        return RegisterStatus.Registered;
    }

    /// <summary>The device of a cid; a null reference when no session has it.</summary>
    public ref DeviceSlot Find(Cid cid)
    {
        ref var slot = ref At(cid.Slot);
        if (!Unsafe.IsNullRef(ref slot) && slot.Tag != cid.Tag) slot = ref Unsafe.NullRef<DeviceSlot>();
        return ref slot;
    }

    /// <summary>The device of an ID; a null reference when it isn't in the list.</summary>
    public ref DeviceSlot Find(DeviceId device, out Cid cid)
    {
        if (!_byId.TryGet(device.Value, out uint index))
        {
            cid = default;
            return ref Unsafe.NullRef<DeviceSlot>();
        }
        ref var slot = ref At(index);
        cid = new Cid(index, slot.Tag);
        return ref slot;
    }

    /// <summary>Online: its heartbeats come, and there is an address to send to.</summary>
    public static bool IsOnline(in DeviceSlot slot, long nowMs) => slot.Liveness.IsOnline(nowMs) && slot.Roaming.IsBound && nowMs < slot.EndsMs;

    /// <summary>Call after anything about the device's presence or binding has changed.</summary>
    public void Changed(ref DeviceSlot slot, uint index, long nowMs)
    {
        Recount(ref slot, IsOnline(slot, nowMs));
        Arm(ref slot, index, NextLook(slot, nowMs));
    }

    /// <summary>Ends the session: its place is free.</summary>
    public void Remove(ref DeviceSlot slot, uint index)
    {
        Recount(ref slot, online: false);
        Leave(slot.RegisteredFrom);
        _byId.TryRemove(slot.Device.Value, index);
        _wheel.Clear(index);
        if (_slots.TryGetHandle(index, out var handle)) _slots.Free(handle);
        Publish();
    }

    /// <summary>Takes the devices whose time has come to be looked at: at most as many as there is room for.</summary>
    public int TakeDue(long nowMs, Span<uint> due)
    {
        int count = _wheel.Advance(nowMs, due);
        foreach (uint index in due[..count]) At(index).ArmedMs = long.MaxValue;
        return count;
    }

    /// <summary>The device at an index, such as <see cref="TakeDue"/> hands out; a null reference when there is none.</summary>
    public ref DeviceSlot At(uint index)
    {
        _slots.TryGetHandle(index, out var handle);
        return ref _slots.TryGet(handle, out _);
    }

    /// <summary>Whether a session is over: its lifetime has passed, or its first heartbeat never came.</summary>
    public bool IsOver(in DeviceSlot slot, long nowMs) =>
        nowMs >= slot.EndsMs || (slot.Liveness.LastSeenMs is null && nowMs >= slot.EndsMs - _rhythm.LifetimeMs + _rhythm.PatienceMs);

    private void Recount(ref DeviceSlot slot, bool online)
    {
        if (slot.CountedOnline == online) return;
        slot.CountedOnline = online;
        _online += online ? 1 : -1;
        Publish();
    }

    private void Leave(AddressPrefix prefix)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(_ofPrefix, prefix);
        if (--count == 0) _ofPrefix.Remove(prefix);
    }

    private void Publish() => _counters.SetPresence(_slots.Count, _online);

    private static long NextLook(in DeviceSlot slot, long nowMs)
    {
        long next = Math.Min(slot.EndsMs, slot.Roaming.NextTimerMs);
        return slot.Liveness.IsOnline(nowMs) ? Math.Min(next, slot.Liveness.DeadlineMs) : next;
    }

    /// <summary>A device whose time moves later keeps its entry, is looked at once too early and armed anew: a heartbeat costs nothing here.</summary>
    private void Arm(ref DeviceSlot slot, uint index, long dueMs)
    {
        if (dueMs >= slot.ArmedMs) return;
        slot.ArmedMs = dueMs;
        _wheel.Set(index, dueMs);
    }

    /// <summary>Never 0, and never the one before, so that a datagram of the earlier session finds nothing.</summary>
    private uint NewTag(uint before)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        uint tag;
        do
        {
            _entropy.Fill(bytes);
            tag = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        }
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
