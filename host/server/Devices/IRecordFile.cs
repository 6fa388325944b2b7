namespace FastRelay.Server.Devices;

/// <summary>Records of one size, by number. Thread-safe for different records.</summary>
internal interface IRecordFile : IDisposable
{
    /// <summary>Records that the file has room for by now; reading beyond gives zeros.</summary>
    uint Count { get; }

    /// <summary>Reads from the start of a record on, also several in a row.</summary>
    void Read(uint record, Span<byte> destination);

    /// <summary>Writes a record; the file grows as need be.</summary>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    void Write(uint record, ReadOnlySpan<byte> source);
}
