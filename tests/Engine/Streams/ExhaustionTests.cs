using System.Net.Sockets;
using FastRelay.Engine.Streams;
using FastRelay.Tests.Support;

namespace FastRelay.Engine.Tests.Streams;

[Collection(Alone.Name)]
public sealed class ExhaustionTests
{
    [Theory]
    [InlineData(StreamBackend.Portable)]
    [InlineData(StreamBackend.Epoll)]
    public async Task A_listener_without_descriptors_rests_and_goes_on_when_there_are_some(StreamBackend backend)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits descriptors the way of Linux");
        var time = new ManualTimeProvider();
        await using var fixture = new StreamFixture(backend, o => (o.TimeProvider, o.ExhaustionPause) = (time, TimeSpan.FromSeconds(1)));
        // The machinery of the first accept opens descriptors of its own; it must be there before there are none.
        await fixture.PairAsync();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(fixture.Listener.LocalEndPoint);

        ValueTask<StreamConnection?> accepting;
        using (new DescriptorLimit())
        {
            accepting = fixture.Listener.AcceptAsync();
            for (int rest = 1; rest <= 3; rest++)
            {
                await Within.Until(() => fixture.Listener.TimesExhausted == rest && time.ArmedTimers == 1, $"rest {rest}");
                if (rest < 3) time.Advance(TimeSpan.FromSeconds(1));
            }
        }
        accepting.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        var server = fixture.Keep((await Within.Time(accepting)).ShouldNotBeNull());
        server.RemoteAddress.ShouldBe(client.LocalEndPoint);
    }
}
