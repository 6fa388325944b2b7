using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary>What became of a registration.</summary>
/// <param name="Status">Registered, or full.</param>
/// <param name="Cid">The session's connection id, when registered.</param>
/// <param name="Record">Where the descriptor stands, when registered: a ticket carries it (SPEC 7.9).</param>
/// <param name="Replaced">The record of the device's earlier session, when there was one.</param>
internal readonly record struct RegistrationOutcome(RegisterStatus Status, Cid Cid = default, uint Record = 0, uint? Replaced = null);
