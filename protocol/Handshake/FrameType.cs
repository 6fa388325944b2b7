namespace FastRelay.Protocol.Handshake;

/// <summary>The types of frames on TCP (SPEC 4.2). Any other is malformed.</summary>
public static class FrameType
{
    /// <summary>HELLO (SPEC 4.3), client → server, first: the first or second TCP connection start signal.</summary>
    public const byte Hello = 0x21;

    /// <summary>CERT (SPEC 4.4), server → client, after HELLO: the server certificate information.</summary>
    public const byte Certificate = 0x22;

    /// <summary>CKEY (SPEC 4.6), client → server, after the chain was validated: the first or third common key generation information.</summary>
    public const byte ClientKey = 0x23;

    /// <summary>SKEY (SPEC 4.6), server → client, after CKEY: the second or fourth common key generation information.</summary>
    public const byte ServerKey = 0x24;

    /// <summary>RETRY (SPEC 4.10), server → client, instead of CERT, under load.</summary>
    public const byte Retry = 0x2E;

    /// <summary>ALERT (SPEC 4.11), server → client, instead of CERT, to refuse.</summary>
    public const byte Alert = 0x2F;

    /// <summary>RECORD (SPEC 5.1), both, after SKEY.</summary>
    public const byte Record = 0x30;

    /// <summary>Whether SPEC 4.2 has the type.</summary>
    public static bool IsKnown(byte type) => type is Hello or Certificate or ClientKey or ServerKey or Retry or Alert or Record;
}
