using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams.Saea;

public sealed class SaeaStreamConnectionTests : StreamConnectionTests
{
    private protected override StreamBackend Backend => StreamBackend.Portable;
}
