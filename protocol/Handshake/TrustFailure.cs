namespace FastRelay.Protocol.Handshake;

/// <summary>Why the client doesn't trust the server (SPEC 4.5).</summary>
/// <param name="Rule">The first rule that failed.</param>
/// <param name="Explanation">
/// One sentence for a person. It holds dates and names that this side knows, never text out of the peer's certificate.
/// </param>
public sealed record TrustFailure(TrustRule Rule, string Explanation);
