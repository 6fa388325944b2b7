using System.Runtime.CompilerServices;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary>
/// The sessions that RESUMEs have made and no heartbeat has confirmed (SPEC 7.9). A pending session has a slot, hence a cid, of its own; while
/// there is one the index finds it in place of the device's present session, to which it leads on, and which goes on unchanged.
/// <code>
/// index ─▶ present            index ─▶ pending ─▶ present            index ─▶ pending            index ─▶ new present
///              RESUME, there is a session                 RESUME, there is none        its first heartbeat
/// </code>
/// A pending session of a device that has none takes a place of the list; the other takes over the place that there is.
/// </summary>
internal sealed partial class EquipmentList
{
    /// <summary>A pending session lasts so long, in ms.</summary>
    public const long PendingMs = 30_000;

    private int _pending;

    /// <summary>
    /// Slots for so many places: an eighth more, and some, for pending sessions of devices that have a place already. All of them together,
    /// coming back at once over a new network, get in by turns; the rest is told to come again.
    /// </summary>
    public static int SlotsFor(int places) => places + (places / 8) + 64;

    /// <summary>Makes the device's pending session, over another one; or finds the one that this RESUME's twin has made.</summary>
    /// <returns><see cref="ResumeOutcome.Pending"/>: the caller derives the slot's key; <see cref="ResumeOutcome.Repeated"/>: it is there; or <see cref="ResumeOutcome.Full"/>.</returns>
    public ResumeOutcome TryOpenPending(in PendingSession asked, long nowMs, out Cid cid, out UInt128 serverNonce)
    {
        bool known = _byId.TryGet(asked.Device.Value, out uint index);
        ref var slot = ref Unsafe.NullRef<DeviceSlot>();
        if (known) slot = ref At(index);
        bool isPending = known && slot.IsPending;
        if (isPending && slot.PendingClientNonce == asked.ClientNonce)
        {
            // Of several sources none is known to be the device's.
            if (asked.Source != new TransportAddress(asked.RegisteredIp, slot.PendingPort)) slot.IsFromOneSource = false;
            cid = CidOf(index, slot.Tag);
            serverNonce = slot.PendingServerNonce;
            return ResumeOutcome.Repeated;
        }
        if (!isPending && !TryMakePending(asked, ref index, known))
        {
            (cid, serverNonce) = (default, default);
            return ResumeOutcome.Full;
        }
        slot = ref At(index);
        cid = CidOf(index, NewTag(slot.Tag));
        serverNonce = _entropy.NextUInt128();
        slot.Tag = cid.Tag;
        slot.Record = asked.Record;
        slot.PendingClientNonce = asked.ClientNonce;
        slot.PendingServerNonce = serverNonce;
        slot.RegisteredIp = asked.RegisteredIp;
        slot.PendingPort = asked.Source.Port;
        slot.IsFromOneSource = asked.Source.Ip == asked.RegisteredIp;
        slot.Expect(nowMs + PendingMs);
        slot.EndsMs = nowMs + (asked.SecondsLeft * 1000L);
        _wheel.Set(index, nowMs + PendingMs);
        return ResumeOutcome.Pending;
    }

    /// <summary>A valid heartbeat of a pending session came: it becomes the device's session, and the earlier one ends.</summary>
    public void Activate(ref DeviceSlot slot, Cid cid, TransportAddress source, long nowMs)
    {
        uint index = IndexOf(cid);
        // Only who received the RESUME_ACK there could make this heartbeat: the path is proven.
        bool proven = slot.IsFromOneSource && source == new TransportAddress(slot.RegisteredIp, slot.PendingPort);
        uint present = slot.Present;
        bool replaces = slot.Replaces;
        slot.BeginSession();
        _pending--;
        if (replaces)
        {
            ref var earlier = ref At(present);
            Recount(ref earlier, online: false);
            _bindings.Inherit(ref earlier, present, ref slot, index);
            slot.Prefix = earlier.Prefix;
            // The earlier session's record is that of the latest registration, the ticket's may be an older one.
            slot.Record = earlier.Record;
            FreeSlot(present);
        }
        else
        {
            _descriptors.SetAway(slot.Record, away: false);
            if (proven) slot.Binding = new RestingBinding(source.Ip, source.Port, 0, IsBound: true, IsValidated: true);
        }
        slot.Expect(nowMs + _rhythm.PatienceMs);
        Publish();
    }

    private bool TryMakePending(in PendingSession asked, ref uint index, bool known)
    {
        uint present = index;
        uint prefix = _places.KeyOf(AddressPrefix.OfHost(new TransportAddress(asked.RegisteredIp, 0)));
        if (!known && _places.TryTake(prefix) != RegisterStatus.Registered) return false;
        if (!_slots.TryAllocate(out var handle))
        {
            if (!known) _places.GiveBack(prefix);
            return false;
        }
        index = handle.Index;
        ref var slot = ref At(index);
        slot.Device = asked.Device;
        slot.IsPending = true;
        _pending++;
        if (known)
        {
            slot.Replaces = true;
            slot.Present = present;
            _byId.Replace(asked.Device.Value, present, index);
        }
        else
        {
            slot.Prefix = prefix;
            _byId.TryAdd(asked.Device.Value, index);
        }
        Publish();
        return true;
    }

    /// <summary>Ends a pending session. The index finds what it found before.</summary>
    private void RemovePending(ref DeviceSlot slot, uint index)
    {
        if (slot.Replaces)
        {
            _byId.Replace(slot.Device.Value, index, slot.Present);
        }
        else
        {
            _places.GiveBack(slot.Prefix);
            _byId.TryRemove(slot.Device.Value, index);
        }
        _pending--;
        FreeSlot(index);
        Publish();
    }

    /// <summary>The present session of a device ends while a pending one leads to it: that one takes over its place.</summary>
    private bool TryLeaveToPending(ref DeviceSlot slot, uint index)
    {
        if (!_byId.TryGet(slot.Device.Value, out uint found) || found == index) return false;
        ref var pending = ref At(found);
        pending.Replaces = false;
        pending.Prefix = slot.Prefix;
        return true;
    }
}
