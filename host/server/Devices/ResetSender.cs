using System.Buffers.Binary;
using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;
using FastRelay.Server.Options;

namespace FastRelay.Server.Devices;

/// <summary>
/// Tells a device whose session isn't known, as after a restart, to register again (SPEC 7.5). So many a second and no more, for the
/// source isn't proven; shorter than the heartbeat it answers. Owned by the datagram loop.
/// </summary>
internal sealed class ResetSender(LimitOptions limits, NodeKeys keys, IEntropy entropy, ShardCounters counters)
{
    private readonly RateLimit _limit = new(Math.Max(1, limits.Resets), 1000, Math.Max(1, limits.Resets));
    private readonly bool _isOff = limits.Resets == 0 || limits.ResetsPerPrefix == 0;
    private readonly KeyedRateLimiter _byPrefix =
        new(new RateLimit(Math.Max(1, limits.ResetsPerPrefix), 1000, Math.Max(1, limits.ResetsPerPrefix)), entropy);
    private RateBucket _all;

    /// <summary>Answers a heartbeat of an unknown session, within the limits.</summary>
    public void Answer(ref DatagramBatch batch, int i, Cid cid)
    {
        var source = batch.Source(i);
        var prefix = LimitKey.Of(AddressPrefix.OfNetwork(new TransportAddress(source.Ip, source.Port)));
        // The prefix first: one that asks too much must not use up what is everyone's.
        if (_isOff || !_byPrefix.TryTake(prefix, batch.NowMs, out _) || !_all.TryTake(_limit, batch.NowMs))
        {
            counters.ResetWithheld();
            return;
        }
        Span<byte> token = stackalloc byte[Reset.TokenSize];
        Span<byte> random = stackalloc byte[sizeof(uint)];
        keys.WriteResetToken(cid, token);
        entropy.Fill(random);
        new Reset { Cid = cid, RetryAfterSeconds = (ushort)limits.RetryAfter }
            .Write(batch.Reply(i, Reset.Size), token, BinaryPrimitives.ReadUInt32BigEndian(random));
        counters.ResetSent();
    }
}
