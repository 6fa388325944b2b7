using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>Seals datagrams to devices, each under a counter of its own. Owned by the datagram loop.</summary>
internal sealed class DeviceSender(HeartbeatRhythm rhythm, IPacketAead aead, IConnectionCrypto crypto, ShardCounters counters, TimeProvider time)
{
    /// <summary>The ACK of a heartbeat, to where it came from; as long as the heartbeat (SPEC 7.3).</summary>
    public void Acknowledge(
        ref DatagramBatch batch, in Arrival arrival, ref DeviceSlot slot, in Heartbeat heartbeat, uint? challenge, bool wakePending)
    {
        if (!slot.Counter.TryNext(out ulong counter)) return;
        bool isLong = heartbeat.IsLong && challenge is null;
        var source = arrival.Source;
        var ack = new Ack
        {
            Cid = heartbeat.Cid,
            Counter = counter,
            IntervalTenths = rhythm.IntervalTenths,
            AckEvery = rhythm.AckEvery,
            WakePending = wakePending,
            Challenge = challenge,
            HeartbeatCounter = challenge is null ? (ushort)heartbeat.Counter : (ushort)0,
            AddressTag = challenge is null && !isLong ? slot.AddressTagOf(source, crypto) : (ushort)0,
            IsLong = isLong,
            Observed = isLong ? source : default,
            UnixMs = isLong ? (ulong)time.GetUtcNow().ToUnixTimeMilliseconds() : 0,
        };
        ack.Seal(arrival.Reply(ref batch, ack.Size), slot.Key, aead);
        counters.AckSent();
    }

    /// <summary>An ACK with a challenge to the bound address (SPEC 7.6).</summary>
    public void Challenge(ref DatagramBatch output, ref DeviceSlot slot, Cid cid, uint nonce)
    {
        if (!slot.Counter.TryNext(out ulong counter)) return;
        var ack = new Ack { Cid = cid, Counter = counter, IntervalTenths = rhythm.IntervalTenths, AckEvery = rhythm.AckEvery, Challenge = nonce };
        ack.Seal(output.Send(To(slot.Bound), ack.Size), slot.Key, aead);
        counters.AckSent();
    }

    /// <summary>The third connection request signal of the claims (SPEC 7.7).</summary>
    public bool Wake(ref DatagramBatch output, ref DeviceSlot slot, Cid cid, TransportAddress to, ulong wakeId, ushort ttlSeconds)
    {
        if (!slot.Counter.TryNext(out ulong counter)) return false;
        var wake = new Wake { Cid = cid, Counter = counter, WakeId = wakeId, TtlSeconds = ttlSeconds, Reason = Protocol.Wire.Wake.ReasonRequest };
        wake.Seal(output.Send(To(to), Protocol.Wire.Wake.Size), slot.Key, aead);
        counters.WakeSent();
        return true;
    }

    /// <summary>The second connection request signal as the response to the registration signal (SPEC 7.8).</summary>
    /// <returns>Bytes sent; 0 when the session's counters are used up.</returns>
    public int Request(ref DatagramBatch output, ref DeviceSlot slot, Cid cid, ReadOnlySpan<byte> content)
    {
        if (!slot.Counter.TryNext(out ulong counter)) return 0;
        var request = new SealedRequest(cid, counter, content);
        request.Seal(output.Send(To(slot.Bound), request.Size), slot.Key, aead);
        counters.FastSent();
        return request.Size;
    }

    private static DatagramAddress To(TransportAddress address) => new(address.Ip, address.Port);
}
