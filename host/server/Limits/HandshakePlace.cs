using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Limits;

/// <summary>
/// One handshake's place among all: judged by its HELLO, let in or told when to come back, and called when its curve operations' turn comes.
/// <code>
/// HELLO   → standing; a device shows its ticket once at a time → rate of the prefix under load → is there room to wait?   ALERT 1 if not
/// CKEY    → turn by standing
/// SIG     → turn before all who have had none
/// </code>
/// </summary>
internal sealed class HandshakePlace(
    TransportAddress peer, Admission admission, HandshakeQueue queue, ReturnSpread spread, ServerCounters counters) : IDisposable
{
    private HandshakeStanding _standing;
    private DeviceId? _ticket;

    /// <summary>Judges a HELLO (SPEC 4.12).</summary>
    /// <returns>Null to let it in; else what it is told.</returns>
    public Alert? Admit(HelloStanding hello)
    {
        _standing = StandingOf(hello);
        // The rate is for strangers: a known device mustn't suffer for those with whom it shares an address.
        if (_standing != HandshakeStanding.Known && !admission.TryStart(peer, out int waitSeconds)) return Refuse(HandshakeRefusal.TooFast, waitSeconds);
        return queue.IsFullFor(_standing) ? Refuse(HandshakeRefusal.QueueFull) : null;
    }

    /// <summary>Waits for the turn. False when too many wait; then nothing is owed to the queue.</summary>
    public ValueTask<bool> EnterAsync() => queue.EnterAsync(_standing);

    /// <summary>Gives the turn back.</summary>
    public void Leave()
    {
        _standing = HandshakeStanding.Begun;
        queue.Leave();
    }

    /// <summary>What is told to one who is turned away, where there is still something to tell.</summary>
    public Alert Refuse(HandshakeRefusal refusal, int leastSeconds = 0)
    {
        counters.HandshakeRefused(refusal);
        return new Alert(AlertReason.Overloaded, Math.Max(spread.Next(), (ushort)Math.Min(leastSeconds, ushort.MaxValue)));
    }

    /// <summary>The handshake is over: the device may show its ticket again.</summary>
    public void Dispose()
    {
        if (_ticket is { } device) admission.LeaveTicket(device);
        _ticket = null;
    }

    private HandshakeStanding StandingOf(HelloStanding hello)
    {
        if (hello.Device is { } device && admission.TryEnterTicket(device))
        {
            _ticket = device;
            return HandshakeStanding.Known;
        }
        return hello.HoldsChain ? HandshakeStanding.Cached : HandshakeStanding.New;
    }
}
