namespace FastRelay.Protocol.Wire;

/// <summary>
/// Why bytes from the network were not taken. One list for the whole protocol, so that each reason is one counter.
/// The peer is never told (SPEC 1.1). Values are dense, from 0, so that counters are an array.
/// </summary>
public enum RejectReason : byte
{
    /// <summary>Taken.</summary>
    None,
    /// <summary>Ends before its layout does.</summary>
    TooShort,
    /// <summary>Longer than this kind may be.</summary>
    TooLong,
    /// <summary>Bytes after the end of the layout.</summary>
    TrailingBytes,
    /// <summary>Doesn't begin with the protocol's mark.</summary>
    BadMagic,
    /// <summary>A version this side doesn't speak.</summary>
    BadVersion,
    /// <summary>A type this side doesn't know.</summary>
    UnknownType,
    /// <summary>A message out of its place.</summary>
    OutOfOrder,
    /// <summary>A length field out of its bounds.</summary>
    BadLength,
    /// <summary>A field with a value that its layout rules out.</summary>
    BadValue,
    /// <summary>Not an uncompressed point on the curve.</summary>
    BadPoint,
    /// <summary>The authentication tag doesn't verify.</summary>
    BadTag,
    /// <summary>Seen before, or older than the replay window.</summary>
    Replayed,
    /// <summary>The signature doesn't verify.</summary>
    BadSignature,
    /// <summary>The Finished value doesn't verify.</summary>
    BadFinished,
    /// <summary>The certificate chain breaks a rule of SPEC 4.5.</summary>
    UntrustedCertificate,
    /// <summary>A weaker version or suite was chosen than both sides have (SPEC 4.4).</summary>
    Downgrade,
    /// <summary>A cookie or token that is wrong or old.</summary>
    BadToken,
    /// <summary>A connection id that no session has.</summary>
    UnknownSession,
    /// <summary>An identifier that isn't that of the key it goes with.</summary>
    WrongIdentity,
    /// <summary>A time that lies in the past or too far off.</summary>
    Expired,
    /// <summary>A counter or a limit of a key is used up.</summary>
    Exhausted,
    /// <summary>No version or suite that both sides have (SPEC 4.4).</summary>
    NothingInCommon,
    /// <summary>The server refused with an ALERT (SPEC 4.11).</summary>
    Refused,
    /// <summary>A role that isn't one, or a client that identifies itself where its role forbids it (SPEC 4.7).</summary>
    BadRole,
    /// <summary>A ticket under a key that this server doesn't hold, or no longer (SPEC 7.9).</summary>
    UnknownKey,
    /// <summary>A ticket of another epoch than the server's (SPEC 7.9).</summary>
    Revoked,
}
