namespace FastRelay.Protocol.Request;

/// <summary>What the device does with a second connection request (SPEC 8.3).</summary>
public enum RequestOutcome
{
    /// <summary>Nothing: no answer at all.</summary>
    Dropped,
    /// <summary>It came before: the answer it got then is sent again, and nothing else is done.</summary>
    Repeated,
    /// <summary>Refused with a verdict.</summary>
    Refused,
    /// <summary>A PING: answered with yes, and nothing is dialled.</summary>
    Answered,
    /// <summary>Accepted: the device dials.</summary>
    Accepted,
}
