namespace FastRelay.Protocol.Handshake;

/// <summary>Which rule of SPEC 4.5 a server's certificate chain broke.</summary>
public enum TrustRule
{
    /// <summary>A certificate can't be read as one.</summary>
    Encoding,
    /// <summary>Rule 1: a key that isn't EC on P-256 or P-384.</summary>
    KeyType,
    /// <summary>Rule 1: a key-usage extension without digitalSignature on the leaf.</summary>
    KeyUsage,
    /// <summary>Rule 1: an extended-key-usage extension without serverAuth on the leaf.</summary>
    ExtendedKeyUsage,
    /// <summary>Rule 2: no path to a trust anchor.</summary>
    Anchor,
    /// <summary>Rule 3: a certificate that isn't valid yet.</summary>
    NotYetValid,
    /// <summary>Rule 3: a certificate that isn't valid any more.</summary>
    Expired,
    /// <summary>Rule 3: an issuer that isn't a certificate authority.</summary>
    NotAnAuthority,
    /// <summary>Rule 4: the name dialled isn't in the leaf's subjectAltName.</summary>
    Name,
}
