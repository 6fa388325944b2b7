namespace FastRelay.Engine.Files;

/// <summary>How writing a record ended.</summary>
public enum RecordWriteStatus
{
    /// <summary>The record is in the file; on the disk after the next flush, or when the system gets to it.</summary>
    Written,

    /// <summary>There is no record left.</summary>
    Full,

    /// <summary>The disk has no room.</summary>
    DiskFull,

    /// <summary>The disk failed.</summary>
    Failed,
}
