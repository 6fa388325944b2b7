using System.Runtime.CompilerServices;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Connections;

namespace FastRelay.Server.Devices;

/// <summary>
/// The open sealed requests (SPEC 7.8): sent at 0, 0.5 and 1 s with new counters until the answer, only to a validated address.
/// Owned by the datagram loop.
/// </summary>
internal sealed class FastSender(EquipmentList list, DeviceSender sender, SignalTrace trace)
{
    private static readonly int[] ScheduleMs = [0, 500, 1000];
    private readonly Dictionary<ulong, OpenRequest> _open = [];

    /// <summary>Starts and sends once.</summary>
    public void Start(ref DatagramBatch output, DeviceId device, ulong requestId, ReadOnlyMemory<byte> content)
    {
        var request = new OpenRequest(device, content, output.NowMs);
        _open[requestId] = request;
        Send(ref output, request);
    }

    /// <summary>Nobody waits for the answer any more.</summary>
    public void CallOff(ulong requestId) => _open.Remove(requestId);

    /// <summary>The answer came.</summary>
    public void Answered(ulong requestId, TransportAddress source, int bytes)
    {
        trace.Received(Signal.Answer, ConnectionRole.None, bytes, source);
        _open.Remove(requestId);
    }

    /// <summary>Sends the repetitions that are due.</summary>
    public void OnTick(ref DatagramBatch output)
    {
        foreach (var (id, request) in _open)
        {
            // What finds no room now goes out with the next tick.
            if (output.Room == 0) return;
            if (output.NowMs - request.StartedMs < ScheduleMs[request.Sent]) continue;
            Send(ref output, request);
            if (request.Sent == ScheduleMs.Length) _open.Remove(id);
        }
    }

    private void Send(ref DatagramBatch output, OpenRequest request)
    {
        request.Sent++;
        ref var slot = ref list.Find(request.Device, out var cid);
        // It may have moved or left since the route was chosen.
        if (Unsafe.IsNullRef(ref slot) || !slot.IsValidated) return;
        int bytes = sender.Request(ref output, ref slot, cid, request.Content.Span);
        if (bytes > 0) trace.Sent(Signal.SecondRequestFast, ConnectionRole.None, bytes, slot.Bound);
    }

    private sealed class OpenRequest(DeviceId device, ReadOnlyMemory<byte> content, long startedMs)
    {
        public DeviceId Device { get; } = device;

        public ReadOnlyMemory<byte> Content { get; } = content;

        public long StartedMs { get; } = startedMs;

        public int Sent { get; set; }
    }
}
