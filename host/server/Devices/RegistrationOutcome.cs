using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary>What became of a registration.</summary>
/// <param name="Status">Registered, or full.</param>
/// <param name="Cid">The session's connection id, when registered.</param>
internal readonly record struct RegistrationOutcome(RegisterStatus Status, Cid Cid);
