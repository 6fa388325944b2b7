using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Streams.Epoll;

/// <summary>Whatever a <see cref="StreamLoop"/> waits for.</summary>
internal interface IEpollSource
{
    /// <summary>Something has become ready. On the loop's thread; may come once more after the source has left the loop.</summary>
    void OnReady(EpollEvents events);
}
