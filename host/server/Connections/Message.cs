namespace FastRelay.Server.Connections;

/// <summary>One message of an established connection, or the end of them.</summary>
/// <param name="End">Why there is no message; <see cref="MessageEnd.None"/> when there is one.</param>
/// <param name="Type">Its inner type (SPEC 4.2).</param>
/// <param name="Content">Its content; good until the next read.</param>
/// <param name="Bytes">Its bytes on the wire.</param>
internal readonly record struct Message(MessageEnd End, byte Type, ReadOnlyMemory<byte> Content, int Bytes);
