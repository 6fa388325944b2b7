using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// When a device sends its heartbeats and which of them ask for an ack (SPEC 7.4). No clock and no randomness of its own: milliseconds of a
/// monotonic clock and the entropy are arguments, so a test sees every moment. Used by one task at a time.
/// </summary>
internal sealed class HeartbeatSchedule
{
    /// <summary>After the last repetition the device waits once more as long as before it, then gives up.</summary>
    private const int LastWaitMs = 4_000;

    private const int DefaultIntervalMs = 25_000; // where a server names none (SPEC 10.1)
    private readonly IEntropy _entropy;
    private int _intervalMs;
    private int _ackEvery = 1;
    private int _unasked;
    private int _retries;
    private bool _awaitingAck;
    private bool _urgent = true; // the first after a silence asks

    /// <param name="entropy">For the jitter.</param>
    /// <param name="now">The first heartbeat is due at once.</param>
    /// <param name="interval">Units of 100 ms, from REGISTERED.</param>
    /// <param name="ackEvery">1 to 15, from REGISTERED.</param>
    public HeartbeatSchedule(IEntropy entropy, long now, int interval, int ackEvery)
    {
        _entropy = entropy;
        Steer(interval, ackEvery);
        DueMs = now;
    }

    /// <summary>When <see cref="Poll"/> has something to do next.</summary>
    public long DueMs { get; private set; }

    /// <summary>Whether the last heartbeat that asked for an ack still has none.</summary>
    public bool IsAwaitingAck => _awaitingAck;

    /// <summary>Called when the time <see cref="DueMs"/> has come, or earlier; the caller sends what is asked for.</summary>
    public HeartbeatStep Poll(long now)
    {
        if (now < DueMs) return HeartbeatStep.Wait;
        if (_awaitingAck)
        {
            var retries = Jitter.HeartbeatRetrySeconds;
            if (_retries == retries.Length) return HeartbeatStep.GiveUp;
            _retries++;
            DueMs = now + (_retries < retries.Length ? retries[_retries] * 1_000 : LastWaitMs);
            return HeartbeatStep.SendWantingAck;
        }
        _unasked++;
        if (!_urgent && _unasked < _ackEvery)
        {
            DueMs = now + NextInterval();
            return HeartbeatStep.Send;
        }
        _urgent = false;
        _unasked = 0;
        _awaitingAck = true;
        _retries = 0;
        DueMs = now + (Jitter.HeartbeatRetrySeconds[0] * 1_000);
        return HeartbeatStep.SendWantingAck;
    }

    /// <summary>A valid ACK came, asked for or not.</summary>
    /// <param name="now">The time now.</param>
    /// <param name="interval">The next interval in units of 100 ms; 0 leaves it.</param>
    /// <param name="ackEvery">1 to 15; 0 is taken as 1 (SPEC 7.3).</param>
    public void OnAck(long now, int interval, int ackEvery)
    {
        bool wasAwaiting = _awaitingAck;
        int before = _intervalMs;
        Steer(interval == 0 ? _intervalMs / 100 : interval, ackEvery);
        _awaitingAck = false;
        if (wasAwaiting || _intervalMs != before) DueMs = now + NextInterval();
    }

    /// <summary>A heartbeat went out of turn (an ECHO or a LONG one): the next is an interval away, unless an ack is awaited.</summary>
    public void OnSentOutOfTurn(long now)
    {
        if (!_awaitingAck) DueMs = now + NextInterval();
    }

    /// <summary>After sleep or a change of network: a heartbeat at once, and it asks (SPEC 7.4).</summary>
    public void Hurry(long now)
    {
        _urgent = true;
        _awaitingAck = false;
        DueMs = now;
    }

    private void Steer(int interval, int ackEvery)
    {
        _intervalMs = interval == 0 ? DefaultIntervalMs : interval * 100;
        _ackEvery = Math.Max(1, ackEvery);
    }

    private long NextInterval() => Jitter.HeartbeatWaitMs(_intervalMs, _entropy);
}
