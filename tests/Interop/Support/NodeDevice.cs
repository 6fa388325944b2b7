using FastRelay.Protocol;

namespace FastRelay.Interop.Tests.Support;

/// <summary>The peer's device, registered.</summary>
internal sealed record NodeDevice(NodeProgram Program, DeviceId Id);
