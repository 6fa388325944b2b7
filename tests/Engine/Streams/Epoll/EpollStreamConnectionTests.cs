using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams.Epoll;

public sealed class EpollStreamConnectionTests : StreamConnectionTests
{
    public EpollStreamConnectionTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "a backend of Linux");

    private protected override StreamBackend Backend => StreamBackend.Epoll;
}
