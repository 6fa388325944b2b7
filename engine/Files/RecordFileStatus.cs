namespace FastRelay.Engine.Files;

/// <summary>How opening a <see cref="FixedRecordFile"/> ended.</summary>
public enum RecordFileStatus
{
    /// <summary>It is there, new or with its records.</summary>
    Ready,

    /// <summary>Another process has it open.</summary>
    InUse,

    /// <summary>The file, or its directory, can't be read or written.</summary>
    NoAccess,

    /// <summary>The file isn't one of these.</summary>
    NotOurs,

    /// <summary>Its records have another layout, or the file has.</summary>
    OtherVersion,

    /// <summary>Its records have another size.</summary>
    OtherSize,

    /// <summary>The disk has no room for it, or failed.</summary>
    NoRoom,
}
