using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Handshakes.Clients;

/// <summary>What a client comes for.</summary>
/// <param name="Role">The role in HELLO.</param>
/// <param name="Identity">The device's key; null for an issuer.</param>
/// <param name="Known">The chain that it knows; null for one that sees it for the first time.</param>
internal sealed record HandshakeKind(ConnectionRole Role, ECDsa? Identity, ServerChain? Known = null);
