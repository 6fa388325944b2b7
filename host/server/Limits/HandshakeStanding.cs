namespace FastRelay.Server.Limits;

/// <summary>In which order handshakes are done when more come than can be done at once; the higher first (docs/decisions/0009).</summary>
internal enum HandshakeStanding
{
    /// <summary>A client of which nothing is known.</summary>
    New,
    /// <summary>It names the server's present certificate chain: it was here before, and costs a round trip less.</summary>
    Cached,
    /// <summary>A device that shows a ticket of this server and its binder (SPEC 4.12).</summary>
    Known,
    /// <summary>Its key exchange is done: what was spent on it would be lost.</summary>
    Begun,
}
