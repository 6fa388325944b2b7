using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Request;

/// <summary>What <see cref="RequestGate.Decide"/> came to.</summary>
public sealed class RequestDecision
{
    internal RequestDecision(RequestOutcome outcome) => Outcome = outcome;

    /// <summary>What to do.</summary>
    public RequestOutcome Outcome { get; }

    /// <summary>The verdict, where there is one: refused, answered, accepted.</summary>
    public Verdict? Verdict { get; internal init; }

    /// <summary>Why it was dropped.</summary>
    public RejectReason Reason { get; internal init; }

    /// <summary>Whether the password was compared.</summary>
    public bool PasswordCompared { get; internal init; }

    /// <summary>The content of the ANSWER to send; empty when nothing is sent.</summary>
    public ReadOnlyMemory<byte> Answer { get; internal init; }

    /// <summary>Accepted only: where to dial.</summary>
    public TransportAddress Address { get; internal init; }

    /// <summary>Accepted only: writes the communication request. The caller owns it.</summary>
    public DeviceSession? Session { get; internal init; }
}
