namespace FastRelay.Protocol.Heartbeat;

/// <summary>What the server has to send after one step of <see cref="RoamingState"/> (SPEC 7.4, 7.6). Every send is one short ACK.</summary>
/// <param name="Events">What changed.</param>
/// <param name="ReplyDue">Whether the HB is answered though it may not have asked: for a challenge, or because its source isn't the bound one.</param>
/// <param name="ReplyChallenge">The challenge that the reply to the HB's source carries; null for none.</param>
/// <param name="BoundChallenge">A challenge to send to <see cref="RoamingState.Bound"/> besides; null for none.</param>
public readonly record struct RoamingOutcome(RoamingEvents Events, bool ReplyDue, uint? ReplyChallenge, uint? BoundChallenge);
