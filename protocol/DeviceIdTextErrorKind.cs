namespace FastRelay.Protocol;

/// <summary>What can be wrong with a typed device ID (SPEC 3.2).</summary>
public enum DeviceIdTextErrorKind
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>A character that is in no ID.</summary>
    Character,
    /// <summary>Not 28 symbols.</summary>
    Length,
    /// <summary>The check symbols don't fit, as if one symbol were wrong.</summary>
    OneSymbol,
    /// <summary>The check symbols don't fit; several symbols are wrong or swapped.</summary>
    Checksum,
    /// <summary>The check symbols fit, but the padding bits aren't zero: not an ID of this form.</summary>
    Padding,
}
