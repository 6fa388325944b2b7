namespace FastRelay.Protocol.Handshake;

/// <summary>The types of messages inside RECORD (SPEC 4.2).</summary>
public static class InnerType
{
    /// <summary>SIG (SPEC 4.7): handshake only.</summary>
    public const byte Signature = 0x25;
    /// <summary>FIN (SPEC 4.8): handshake only.</summary>
    public const byte Finished = 0x26;
    /// <summary>CLIENT_ID (SPEC 4.7): handshake only.</summary>
    public const byte ClientIdentity = 0x27;
    /// <summary>OBSERVED (SPEC 6.1).</summary>
    public const byte Observed = 0x28;
    /// <summary>REGISTER (SPEC 6.2).</summary>
    public const byte Register = 0x29;
    /// <summary>REGISTERED (SPEC 6.3).</summary>
    public const byte Registered = 0x2A;
    /// <summary>DESCRIPTOR_GET (SPEC 6.4).</summary>
    public const byte DescriptorGet = 0x2B;
    /// <summary>DESCRIPTOR (SPEC 6.4).</summary>
    public const byte Descriptor = 0x2C;
    /// <summary>CONNECT1 (SPEC 6.5): the first connection request signal.</summary>
    public const byte Connect1 = 0x31;
    /// <summary>RESULT (SPEC 6.6).</summary>
    public const byte Result = 0x33;
    /// <summary>CONNECT2 (SPEC 6.8): the second connection request signal.</summary>
    public const byte Connect2 = 0x34;
    /// <summary>ANSWER (SPEC 6.9).</summary>
    public const byte Answer = 0x36;
    /// <summary>KEY_UPDATE (SPEC 5.3).</summary>
    public const byte KeyUpdate = 0x3E;
    /// <summary>CLOSE (SPEC 5.4): the last message of a direction.</summary>
    public const byte Close = 0x3F;
    /// <summary>ACCEPT (SPEC 9.5): the issuer's acceptance, its first record on the direct path.</summary>
    public const byte Accept = 0x40;
    /// <summary>DATA (SPEC 9.5).</summary>
    public const byte Data = 0x41;
    /// <summary>END (SPEC 9.5): no more data from this side.</summary>
    public const byte End = 0x42;

    /// <summary>Whether SPEC 4.2 has the type.</summary>
    public static bool IsKnown(byte type) => type is
        (>= Signature and <= Descriptor) or Connect1 or Result or Connect2 or Answer or (>= KeyUpdate and <= End);
}
