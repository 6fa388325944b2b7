namespace FastRelay.Engine.Files;

/// <summary>How writing a record ended.</summary>
public enum RecordWriteStatus
{
    /// <summary>The record is in the file; on the disk after the next flush, or when the system gets to it.</summary>
    Written,

    /// <summary>The file has as many records as it may.</summary>
    Full,

    /// <summary>The disk has no room. Nothing was added.</summary>
    DiskFull,

    /// <summary>The disk failed, or the record doesn't exist.</summary>
    Failed,
}
