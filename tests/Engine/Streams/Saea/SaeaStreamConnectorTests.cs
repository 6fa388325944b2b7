using FastRelay.Engine.Streams;

namespace FastRelay.Engine.Tests.Streams.Saea;

public sealed class SaeaStreamConnectorTests : StreamConnectorTests
{
    private protected override StreamBackend Backend => StreamBackend.Portable;
}
