namespace FastRelay.Engine.Datagrams;

/// <summary>The envelope of a datagram that is to leave; its bytes stand in the output slot of the same index.</summary>
/// <param name="To">Where to.</param>
/// <param name="ScopeId">The IPv6 scope of a link-local destination, as received; else 0.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Answers">The receive slot of the datagram that it answers, or <see cref="DatagramBuffers.NoSlot"/>.</param>
internal readonly record struct OutgoingDatagram(DatagramAddress To, uint ScopeId, int Length, int Answers);
