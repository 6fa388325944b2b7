namespace FastRelay.Protocol.Wire;

/// <summary>What the device tells the server of a request (SPEC 6.9); the reason of a refusal is in the verdict, which only the issuer can read.</summary>
public enum AnswerStatus : byte
{
    /// <summary>The device took the request.</summary>
    Accepted = 1,
    /// <summary>The device refused it.</summary>
    Refused = 2,
}
