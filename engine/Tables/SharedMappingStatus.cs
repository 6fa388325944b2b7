namespace FastRelay.Engine.Tables;

/// <summary>How an attempt to create or open a <see cref="SharedMapping"/> ended.</summary>
public enum SharedMappingStatus
{
    /// <summary>It is there.</summary>
    Ready,

    /// <summary>This system has no shared mappings that the engine knows how to make.</summary>
    NotSupported,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>Another process has it open.</summary>
    InUse,

    /// <summary>The file, or its directory, can't be read or written.</summary>
    NoAccess,

    /// <summary>Others than its owner may read or write the file: what is in it can't be trusted, and isn't secret.</summary>
    OpenToOthers,

    /// <summary>The file isn't one of these, or is shorter than its own header says.</summary>
    NotOurs,

    /// <summary>The slots have another layout, or the file has.</summary>
    OtherVersion,

    /// <summary>The slots have another size.</summary>
    OtherSlotSize,

    /// <summary>It was made before the system was started the last time, so the times in it mean nothing now.</summary>
    OtherBoot,

    /// <summary>It has more slots than the capacity asked for.</summary>
    TooLarge,

    /// <summary>There is no room for it.</summary>
    NoRoom,
}
