using System.Net;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;

namespace FastRelay.Equipment.State;

/// <summary>
/// What a device comes back with when its session is lost (SPEC 7.9): the ticket, the keys that belong to it, and what it needs to know of the
/// session that the ticket brings back. Owns the keys; clears them when disposed. Thread-safe.
/// </summary>
internal sealed class ReturnTicket(
    ReadOnlyMemory<byte> bytes, ResumeKeys keys, byte steer, IPEndPoint server, DateTimeOffset issuedAt, DateTimeOffset expiresAt, Descriptor descriptor)
    : IDisposable
{
    private readonly Lock _gate = new();
    private bool _disposed;

    /// <summary>The ticket, 1 to 144 bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>The lowest 8 bits of the slot of the latest cid.</summary>
    public byte Steer { get; } = steer;

    /// <summary>Where heartbeats go, and RESUME too.</summary>
    public IPEndPoint Server { get; } = server;

    /// <summary>When it came.</summary>
    public DateTimeOffset IssuedAt { get; } = issuedAt;

    /// <summary>When it ends, by this device's clock.</summary>
    public DateTimeOffset ExpiresAt { get; } = expiresAt;

    /// <summary>What the server tells issuers of this device: requests sealed for it come after a return too.</summary>
    public Descriptor Descriptor { get; } = descriptor;

    /// <summary>Whether it may still be shown.</summary>
    public bool IsLive(DateTimeOffset now) => now < ExpiresAt && now >= IssuedAt - TimeSpan.FromDays(1);

    /// <summary>Whether half of its life has passed.</summary>
    public bool IsPastHalf(DateTimeOffset now) => now - IssuedAt > (ExpiresAt - IssuedAt) / 2;

    /// <summary>The keys, for the caller to use and dispose; null when this was disposed.</summary>
    public ResumeKeys? CopyKeys()
    {
        lock (_gate) return _disposed ? null : new ResumeKeys(keys.Auth, keys.Root);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            keys.Dispose();
        }
    }
}
