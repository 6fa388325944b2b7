using FastRelay.Engine.Datagrams;

namespace FastRelay.Engine.Tests.Datagrams.Saea;

public sealed class SaeaDatagramLoopTests : DatagramLoopTests
{
    private protected override DatagramBackend Backend => DatagramBackend.Portable;
}
