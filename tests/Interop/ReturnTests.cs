using System.Text.Json;
using FastRelay.Equipment;
using FastRelay.Interop.Tests.Support;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Interop.Tests;

/// <summary>Returns by ticket between the two implementations (SPEC 7.9).</summary>
public sealed class ReturnTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData("1")]
    [InlineData("1,2")]
    public async Task After_our_servers_restart_the_peers_device_is_back_without_a_handshake_and_can_be_reached(string suites)
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync(o => o.Heartbeat.Interval = Interval);
        var device = await plant.NodeDeviceAsync(service, suites);
        int handshakes = plant.ServerSignals.Count(Signal.Hello);

        await plant.Server.DisposeAsync();
        await plant.StartServerAsync();
        await device.Program.NextAsync("reset");
        (await device.Program.NextAsync("resumed")).GetProperty("newTicket").GetBoolean().ShouldBeFalse();
        await device.Program.NextAsync("ack");

        plant.ServerSignals.Count(Signal.Hello).ShouldBe(handshakes);
        device.Program.Count("registered").ShouldBe(1);
        await PingAsync(plant.Issuer(), device.Id);
    }

    [Fact]
    public async Task The_peers_device_comes_back_on_demand_with_a_new_ticket_each_time()
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync(o => o.Heartbeat.Interval = Interval);
        var device = await plant.NodeDeviceAsync(service);
        int handshakes = plant.ServerSignals.Count(Signal.Hello);

        for (int i = 0; i < 2; i++)
        {
            await device.Program.SignalAsync("USR2");
            (await device.Program.NextAsync("resumed")).GetProperty("newTicket").GetBoolean().ShouldBeTrue();
            await device.Program.NextAsync("ack");
        }

        plant.ServerSignals.Count(Signal.Hello).ShouldBe(handshakes);
        device.Program.Count("session-ended").ShouldBe(2);
        // Its port is another one now: once that has answered its challenge, wakes go there.
        await PingAsync(plant.Issuer(), device.Id);
    }

    [Fact]
    public async Task After_the_restart_of_the_peers_server_our_device_is_back_without_a_handshake_and_can_be_reached()
    {
        await using var plant = await InteropPlant.StartAsync();
        string[] arguments = ["support/server.mjs", "--interval", $"{Interval.TotalMilliseconds}", "--state", plant.PathOf("node-server.json")];
        await using var first = NodeProgram.Start(arguments);
        var (address, trust) = await ListeningAsync(first);
        var device = await plant.DeviceAsync(server: address, trust: trust);
        await first.NextAsync("heartbeat", e => e.GetProperty("validated").GetBoolean());
        (await first.StopAsync()).ShouldBe(0);

        await using var second = NodeProgram.Start(arguments);
        (await ListeningAsync(second)).ShouldBe((address, trust));
        (await second.NextAsync("resumed")).GetProperty("replaced").GetBoolean().ShouldBeFalse();
        (await second.NextAsync("heartbeat")).GetProperty("validated").GetBoolean().ShouldBeTrue();

        second.Count("handshake").ShouldBe(0);
        await PingAsync(plant.Issuer(address, trust), device.Id);
        second.Count("bad-resume").ShouldBe(0);
        second.Count("bad-datagram").ShouldBe(0);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1,2")]
    public async Task What_a_stranger_makes_of_RESUME_gets_silence_and_moves_no_session_of_our_server(string suites)
    {
        await using var plant = await InteropPlant.StartAsync();

        var result = await Node.RunAsync(["support/negative.mjs", .. plant.Common(suites)]);

        result.ExitCode.ShouldBe(0, result.Text + result.Errors);
        string[] events = [.. result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Name)];
        events.Count(e => e == "silent").ShouldBe(20);
        events[^2..].ShouldBe(["resumed", "replayed"]);
        // Each of the two devices registered once, and nothing made either of them do so again.
        plant.ServerSignals.Count(Signal.Hello).ShouldBe(2);
    }

    private static async Task<(ServerAddress Address, ServerTrust Trust)> ListeningAsync(NodeProgram server)
    {
        var listening = await server.NextAsync("listening");
        return (new ServerAddress("127.0.0.1", listening.GetProperty("port").GetInt32()), ServerTrust.Parse(listening.GetProperty("trust").GetString()!));
    }

    private static async Task PingAsync(Issuer issuer, Protocol.DeviceId id) =>
        (await issuer.PingAsync(id, InteropPlant.Password).WaitAsync(InteropPlant.Patience)).RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);

    private static string Name(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("event").GetString()!;
    }
}
