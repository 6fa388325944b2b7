using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Limits;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Devices;

/// <summary>
/// Tells a device whose session isn't known, as after a restart, to come back (SPEC 7.5). Within limits, for the source isn't proven;
/// shorter than the heartbeat it answers. Owned by the datagram loop.
/// </summary>
internal sealed class ResetSender(ResetLimits limits, ReturnSpread spread, NodeKeys keys, IEntropy entropy, ShardCounters counters)
{
    /// <summary>Answers a heartbeat of an unknown session, within the limits.</summary>
    public void Answer(ref DatagramBatch batch, in Arrival arrival, Cid cid)
    {
        if (!limits.TryTake(arrival.Source, batch.NowMs))
        {
            counters.ResetWithheld();
            return;
        }
        Span<byte> token = stackalloc byte[Reset.TokenSize];
        keys.WriteResetToken(cid, token);
        new Reset { Cid = cid, RetryAfterSeconds = spread.Next() }
            .Write(arrival.Reply(ref batch, Reset.Size), token, entropy.NextUInt32());
        counters.ResetSent();
    }
}
