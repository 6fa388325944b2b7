namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>One message that came in a record.</summary>
internal sealed record ScriptedMessage(byte Type, byte[] Content);
