namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// All that is to be kept of a <see cref="RoamingState"/> while nothing moves (<see cref="RoamingState.IsAtRest"/>): nearly always. 23 bytes
/// of it are worth keeping, against 80.
/// </summary>
/// <param name="Ip">The bound address's IP; while none is bound, the one from which the device registered.</param>
/// <param name="Port">The bound address's port; 0 while none is bound.</param>
/// <param name="Nonce">The challenge that waits for its echo from the bound address; 0 for none.</param>
/// <param name="IsBound">Whether an address is bound.</param>
/// <param name="IsValidated">Whether an echo came back from it.</param>
public readonly record struct RestingBinding(UInt128 Ip, ushort Port, uint Nonce, bool IsBound, bool IsValidated);
