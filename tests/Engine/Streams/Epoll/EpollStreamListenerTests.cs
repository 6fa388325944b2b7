using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams.Epoll;

public sealed class EpollStreamListenerTests : StreamListenerTests
{
    public EpollStreamListenerTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "a backend of Linux");

    private protected override StreamBackend Backend => StreamBackend.Epoll;
}
