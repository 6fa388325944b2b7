namespace FastRelay.Server.Connections;

/// <summary>What a connection is served by, once its handshake says what its client came for (SPEC 4.3).</summary>
/// <param name="Issuer">Role 1.</param>
/// <param name="Registration">Role 2.</param>
/// <param name="Woken">Role 3.</param>
internal sealed record ConnectionRoles(IssuerRole Issuer, RegistrationRole Registration, WokenRole Woken);
