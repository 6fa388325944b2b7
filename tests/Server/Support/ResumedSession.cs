using FastRelay.Protocol;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Tests.Support;

/// <summary>What a RESUME_ACK said, and the key that came of it (SPEC 7.9).</summary>
internal sealed record ResumedSession(
    ResumeStatus Status, Cid Cid, byte[] Key, UInt128 ServerNonce, byte[] Ticket, uint LifetimeSeconds, ushort RetryAfterSeconds, TransportAddress Observed);
