namespace FastRelay.Engine.Interop.Linux;

/// <summary>Readiness of a descriptor (epoll_ctl(2)).</summary>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,
    Readable = 0x001,
    Writable = 0x004,
    /// <summary>An error waits. Always told.</summary>
    Error = 0x008,
    /// <summary>Both directions have ended. Always told.</summary>
    HangUp = 0x010,
    /// <summary>The peer sends no more.</summary>
    PeerFinished = 0x2000,
    /// <summary>Told once for each change, not as long as it lasts.</summary>
    EdgeTriggered = 1u << 31,
}
