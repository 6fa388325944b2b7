using FastRelay.Protocol;

namespace FastRelay.Equipment.Devices;

/// <summary>What a session of heartbeats reports. Called under the session's lock: implementations only note and start things.</summary>
internal interface ISessionEvents
{
    /// <summary>The server answered; <paramref name="observed"/> is set when it said where it sees the device.</summary>
    void OnAlive(TransportAddress? observed);

    /// <summary>WAKE came, or WAKE_PENDING with <paramref name="wakeId"/> 0 (SPEC 7.3, 7.7).</summary>
    void OnWake(ulong wakeId);

    /// <summary>CONNECT2_FAST came (SPEC 7.8): the content of a CONNECT2, the receiver's to keep.</summary>
    void OnFastRequest(HeartbeatSession session, byte[] connect2);
}
