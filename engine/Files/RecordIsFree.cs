namespace FastRelay.Engine.Files;

/// <summary>Decides about a record that an earlier process left.</summary>
/// <param name="number">Of the record.</param>
/// <param name="content">What is in it; empty when it was never completed.</param>
/// <returns>True when nobody will ask for it any more, so that its place may be used again.</returns>
public delegate bool RecordIsFree(uint number, ReadOnlySpan<byte> content);
