namespace FastRelay.Equipment.Links;

/// <summary>One message from the server.</summary>
/// <param name="Type">Its inner type (SPEC 4.2).</param>
/// <param name="Content">Good until the next message is received.</param>
/// <param name="WireBytes">Its record's bytes on the wire.</param>
internal readonly record struct LinkMessage(byte Type, ReadOnlyMemory<byte> Content, int WireBytes);
