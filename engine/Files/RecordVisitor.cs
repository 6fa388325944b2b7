namespace FastRelay.Engine.Files;

/// <summary>Is shown a record of a <see cref="FixedRecordFile"/>.</summary>
/// <param name="number">Of the record.</param>
/// <param name="content">What is in it; good for this call.</param>
public delegate void RecordVisitor(uint number, ReadOnlySpan<byte> content);
