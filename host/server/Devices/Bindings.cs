using System.Runtime.InteropServices;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Server.Devices;

/// <summary>
/// The bindings of a shard's devices (SPEC 7.6). While nothing moves a binding is the few bytes in its slot; while a candidate waits, and
/// for 5 s after a move, the whole <see cref="RoamingState"/> stands here beside it, and the slot still says what is bound. Owned by the
/// datagram loop.
/// </summary>
internal sealed class Bindings(IEntropy entropy)
{
    private readonly Dictionary<uint, Aside> _aside = [];

    /// <summary>Bindings that move.</summary>
    public int Count => _aside.Count;

    /// <summary>A verified, fresh heartbeat came.</summary>
    public RoamingOutcome OnHeartbeat(ref DeviceSlot slot, uint index, TransportAddress source, uint? echo, long nowMs)
    {
        if (!slot.IsAside)
        {
            // Nearly every heartbeat there is: from where the device has been all the time. The rule says nothing changes and nothing is due.
            if (echo is null && slot.IsValidated && slot.IsFrom(source)) return default;
            var state = new RoamingState(slot.Binding);
            var outcome = state.OnHeartbeat(source, echo, nowMs, entropy);
            slot.Binding = state.Binding;
            if (!state.IsAtRest(nowMs)) PutAside(ref slot, index, state);
            return outcome;
        }
        ref var aside = ref Get(index);
        var result = aside.State.OnHeartbeat(source, echo, nowMs, entropy);
        Settle(ref slot, index, ref aside, nowMs);
        return result;
    }

    /// <summary>The device's time has come (<see cref="NextTimerMs"/>).</summary>
    public RoamingOutcome OnTimer(ref DeviceSlot slot, uint index, long nowMs)
    {
        if (!slot.IsAside) return default;
        ref var aside = ref Get(index);
        // The wheel has handed the device out: nothing is armed.
        aside.ArmedMs = long.MaxValue;
        var outcome = aside.State.OnTimer(nowMs);
        // Who has gone silent leaves no candidate behind that never answered.
        if (!slot.Liveness.IsOnline(nowMs)) aside.State.GiveUpCandidate();
        Settle(ref slot, index, ref aside, nowMs);
        return outcome;
    }

    /// <summary>When <see cref="OnTimer"/> has something to do; <see cref="long.MaxValue"/> when it hasn't.</summary>
    public long NextTimerMs(in DeviceSlot slot, uint index) => slot.IsAside ? Get(index).State.NextTimerMs : long.MaxValue;

    /// <summary>Notes that the wheel has, or is to have, an entry for the binding's timer.</summary>
    /// <returns>False when it has one that is no later.</returns>
    public bool TryArm(in DeviceSlot slot, uint index, long dueMs)
    {
        if (!slot.IsAside) return false;
        ref var aside = ref Get(index);
        if (dueMs >= aside.ArmedMs) return false;
        aside.ArmedMs = dueMs;
        return true;
    }

    /// <summary>The candidate that has answered its challenge: a wake goes there too.</summary>
    public bool TryGetReachable(in DeviceSlot slot, uint index, out TransportAddress candidate)
    {
        candidate = default;
        if (!slot.IsAside || !Get(index).State.IsCandidateReachable) return false;
        candidate = Get(index).State.Candidate;
        return true;
    }

    /// <summary>Takes a binding over into another slot of the same device; the slot it came from is to be let go.</summary>
    public void Inherit(ref DeviceSlot from, uint fromIndex, ref DeviceSlot to, uint toIndex)
    {
        to.Binding = from.Binding;
        if (!from.IsAside) return;
        PutAside(ref to, toIndex, Get(fromIndex).State);
        Forget(ref from, fromIndex);
    }

    /// <summary>The session has ended.</summary>
    public void Forget(ref DeviceSlot slot, uint index)
    {
        if (!slot.IsAside) return;
        slot.IsAside = false;
        _aside.Remove(index);
    }

    private void PutAside(ref DeviceSlot slot, uint index, in RoamingState state)
    {
        slot.IsAside = true;
        _aside[index] = new Aside { State = state, ArmedMs = long.MaxValue };
    }

    private void Settle(ref DeviceSlot slot, uint index, ref Aside aside, long nowMs)
    {
        slot.Binding = aside.State.Binding;
        if (aside.State.IsAtRest(nowMs)) Forget(ref slot, index);
    }

    private ref Aside Get(uint index) => ref CollectionsMarshal.GetValueRefOrNullRef(_aside, index);

    private struct Aside
    {
        public RoamingState State;

        /// <summary>The earliest entry of the wheel that was asked for on its behalf.</summary>
        public long ArmedMs;
    }
}
