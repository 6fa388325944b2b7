using System.Runtime.CompilerServices;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;

namespace FastRelay.Server.Devices;

/// <summary>
/// One device of the equipment information list: its ID, its session and the address and port that its heartbeats come from.
/// Unmanaged, so that the list is one block of memory without an object a device. Written by the datagram loop alone.
/// </summary>
/// <remarks>What every heartbeat touches comes first; the descriptor, which only issuers ask for, last.</remarks>
internal struct DeviceSlot
{
    /// <summary>K_udp (SPEC 6.3).</summary>
    public Bytes32 Key;

    /// <summary>Counters seen from the device (SPEC 7.1).</summary>
    public ReplayWindow Window;

    /// <summary>Counters used towards it.</summary>
    public SendCounter Counter;

    /// <summary>When its heartbeats came.</summary>
    public DeviceLiveness Liveness;

    /// <summary>The IP address and the port number associated with the device, and how they move.</summary>
    public RoamingState Roaming;

    /// <summary>The random half of its cid; slots that aren't in use have none.</summary>
    public uint Tag;

    /// <summary>Whether the presence counter holds it as online.</summary>
    public bool CountedOnline;

    /// <summary>The earliest time for which a timer is armed; <see cref="long.MaxValue"/> when none is.</summary>
    public long ArmedMs;

    /// <summary>When the session ends.</summary>
    public long EndsMs;

    /// <summary>Datagrams with a tag that didn't verify (SPEC 7.1: a session ends at 2³⁶).</summary>
    public ulong FailedTags;

    /// <summary>Wakes started (SPEC 10.1).</summary>
    public RateBucket Wakes;

    /// <summary>Whose place it takes: the prefix that registered it (SPEC 10.1).</summary>
    public AddressPrefix RegisteredFrom;

    /// <summary>The equipment ID.</summary>
    public DeviceId Device;

    /// <summary>The descriptor it registered with (SPEC 8.2).</summary>
    public Bytes226 Descriptor;

    /// <summary>A session key.</summary>
    [InlineArray(32)]
    internal struct Bytes32
    {
        private byte _first;
    }

    /// <summary>A descriptor.</summary>
    [InlineArray(FastRelay.Protocol.Request.Descriptor.Size)]
    internal struct Bytes226
    {
        private byte _first;
    }
}
