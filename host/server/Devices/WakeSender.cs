using System.Runtime.CompilerServices;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Connections;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>
/// The open wakes, one a device (SPEC 7.7): sent at 0, 0.5, 1 and 2 s until WAKE_ACK or the device's connection comes; then
/// WAKE_PENDING in its ACKs while somebody still waits. Kept by device, so that one that registers anew meanwhile is still woken.
/// Owned by the datagram loop.
/// </summary>
internal sealed class WakeSender(EquipmentList list, DeviceSender sender, KeyedRateLimiter limit, SignalTrace trace, ShardCounters counters)
{
    private static readonly int[] ScheduleMs = [0, 500, 1000, 2000];
    private readonly Dictionary<DeviceId, OpenWake> _open = [];
    private readonly Dictionary<ulong, OpenWake> _byWakeId = [];

    /// <summary>Starts a wake in place of the device's earlier one, and sends the first WAKE.</summary>
    public WakeStart Start(ref DatagramBatch output, DeviceId device, ulong wakeId, TimeSpan ttl)
    {
        ref var slot = ref list.Find(device, out var cid);
        if (Unsafe.IsNullRef(ref slot) || !EquipmentList.IsOnline(slot, output.NowMs)) return WakeStart.Away;
        if (!limit.TryTake(LimitKey.Of(device), output.NowMs, out _)) return WakeStart.Limited;
        if (_open.TryGetValue(device, out var earlier)) Remove(device, earlier);
        var wake = new OpenWake(wakeId, output.NowMs, output.NowMs + (long)ttl.TotalMilliseconds);
        _open[device] = wake;
        _byWakeId[wakeId] = wake;
        counters.WakeStarted();
        Send(ref output, ref slot, cid, wake);
        return WakeStart.Started;
    }

    /// <summary>Nobody waits for the device any more, or it has come.</summary>
    public void CallOff(DeviceId device, ulong wakeId)
    {
        if (_open.TryGetValue(device, out var wake) && wake.WakeId == wakeId) Remove(device, wake);
    }

    /// <summary>HELLO of role 3 named this wake: nothing more is sent.</summary>
    public void Heard(ulong wakeId)
    {
        if (_byWakeId.TryGetValue(wakeId, out var wake)) wake.IsAcknowledged = true;
    }

    /// <summary>WAKE_ACK came: nothing more is sent.</summary>
    public void Acknowledged(DeviceId device, uint wakeIdHead, TransportAddress source, int bytes)
    {
        trace.Received(Signal.WakeAck, ConnectionRole.None, bytes, source);
        if (_open.TryGetValue(device, out var wake) && WakeAck.HeadOf(wake.WakeId) == wakeIdHead) wake.IsAcknowledged = true;
    }

    /// <summary>Whether the next ACK says WAKE_PENDING: every WAKE was sent, and none was answered.</summary>
    public bool IsPending(DeviceId device) =>
        // Mostly nobody is woken: then not even the ID is hashed.
        _open.Count > 0 && _open.TryGetValue(device, out var wake) && !wake.IsAcknowledged && wake.Sent == ScheduleMs.Length;

    /// <summary>Sends the repetitions that are due.</summary>
    public void OnTick(ref DatagramBatch output)
    {
        foreach (var (device, wake) in _open)
        {
            // A wake may go to two addresses. What finds no room now goes out with the next tick.
            if (output.Room < 2) return;
            if (output.NowMs >= wake.EndsMs)
            {
                Remove(device, wake);
                continue;
            }
            if (wake.IsAcknowledged || wake.Sent == ScheduleMs.Length || output.NowMs - wake.StartedMs < ScheduleMs[wake.Sent]) continue;
            ref var slot = ref list.Find(device, out var cid);
            // Between two sessions there is nowhere to send to: what is due goes out when there is.
            if (!Unsafe.IsNullRef(ref slot) && slot.IsBound) Send(ref output, ref slot, cid, wake);
        }
    }

    private void Remove(DeviceId device, OpenWake wake)
    {
        _open.Remove(device);
        _byWakeId.Remove(wake.WakeId);
    }

    /// <summary>To the bound address, and also to a candidate that has answered (SPEC 7.6).</summary>
    private void Send(ref DatagramBatch output, ref DeviceSlot slot, Cid cid, OpenWake wake)
    {
        wake.Sent++;
        Send(ref output, ref slot, cid, wake, slot.Bound);
        if (list.TryGetReachable(slot, cid, out var candidate)) Send(ref output, ref slot, cid, wake, candidate);
    }

    private void Send(ref DatagramBatch output, ref DeviceSlot slot, Cid cid, OpenWake wake, TransportAddress to)
    {
        ushort ttl = (ushort)Math.Clamp((wake.EndsMs - output.NowMs + 999) / 1000, 1, ushort.MaxValue);
        if (sender.Wake(ref output, ref slot, cid, to, wake.WakeId, ttl)) trace.Sent(Signal.ThirdRequest, ConnectionRole.None, Wake.Size, to);
    }

    private sealed class OpenWake(ulong wakeId, long startedMs, long endsMs)
    {
        public ulong WakeId { get; } = wakeId;

        public long StartedMs { get; } = startedMs;

        public long EndsMs { get; } = endsMs;

        public int Sent { get; set; }

        public bool IsAcknowledged { get; set; }
    }
}
