using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams.Epoll;

public sealed class EpollStreamConnectorTests : StreamConnectorTests
{
    public EpollStreamConnectorTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "a backend of Linux");

    private protected override StreamBackend Backend => StreamBackend.Epoll;
}
