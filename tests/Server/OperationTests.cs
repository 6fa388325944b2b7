using System.Net;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Data;
using FastRelay.Server.Options;
using FastRelay.Server.Tests.Support;
using FastRelay.Tests.Support;

namespace FastRelay.Server.Tests;

public sealed class OperationTests
{
    private static readonly IPEndPoint AnyLoopbackPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task A_stop_doesnt_wait_for_the_requests_of_an_issuer_that_has_said_CLOSE()
    {
        await using var server = await TestServer.StartAsync(o => o.Deadlines.Stop = TimeSpan.FromMilliseconds(200));
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAsync(device.Id, timeoutTenths: 600);
        await device.ReceiveAsync();
        await issuer.Connection.SendAsync(InnerType.Close, [(byte)CloseReason.Done]);
        // By the time another has shaken hands, the CLOSE was read.
        await using (await TestIssuer.OpenAsync(server)) { }
        await server.Relay.StopAsync(TestContext.Current.CancellationToken).Bounded();
    }

    [Fact]
    public async Task A_stop_tells_every_connection_and_ends_them()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = await TestDevice.OnlineAsync(server);
        await using var issuer = await TestIssuer.OpenAsync(server);
        await using var woken = await device.ConnectAsync(0);
        await using var halfOpen = await TestConnection.ConnectAsync(server);
        await issuer.AskAsync(device.Id, timeoutTenths: 600);
        await woken.ReceiveAsync(InnerType.Connect2);

        var stopping = server.Relay.StopAsync();
        server.Relay.IsReady.ShouldBeFalse();
        (await issuer.Connection.ReceiveAsync(InnerType.Close)).ShouldBe([(byte)CloseReason.GoingAway]);
        (await woken.ReceiveAsync(InnerType.Close)).ShouldBe([(byte)CloseReason.GoingAway]);
        var alert = await halfOpen.ReceiveFrameAsync();
        alert!.Value.Type.ShouldBe(FrameType.Alert);
        alert.Value.Payload[0].ShouldBe((byte)AlertReason.ShuttingDown);
        (await halfOpen.EndsWithoutAWordAsync()).ShouldBeTrue();
        (await issuer.Connection.EndsWithoutAWordAsync()).ShouldBeTrue();
        await stopping.Bounded();

        await Should.ThrowAsync<System.Net.Sockets.SocketException>(() => TestConnection.ConnectAsync(server));
    }

    [Fact]
    public async Task A_peer_that_doesnt_end_is_reset_when_the_stops_time_is_over()
    {
        await using var server = await TestServer.StartAsync(o => o.Deadlines.Stop = TimeSpan.FromMilliseconds(100));
        await using var issuer = await TestIssuer.OpenAsync(server);
        await server.Relay.StopAsync().Bounded();
        server.Relay.OpenConnections.ShouldBe(0);
        await server.Relay.StopAsync().Bounded(); // and a second one waits for the first
    }

    [Fact]
    public async Task Health_readiness_and_metrics_are_served()
    {
        await using var server = await TestServer.StartAsync(o => o.Http = AnyLoopbackPort);
        await using var device = await TestDevice.OnlineAsync(server);
        await device.SendAsync(new byte[50]);
        await device.BeatAsync();
        await using var issuer = await TestIssuer.OpenAsync(server);
        await issuer.AskAndHearAsync(new Protocol.DeviceId(1));
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Relay.HttpEndPoint}") };

        (await http.GetStringAsync(new Uri("/healthz", UriKind.Relative))).ShouldBe("ok\n");
        (await http.GetStringAsync(new Uri("/readyz", UriKind.Relative))).ShouldBe("ready\n");
        (await http.GetAsync(new Uri("/else", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await http.PostAsync(new Uri("/healthz", UriKind.Relative), null)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);

        var response = await http.GetAsync(new Uri("/metrics", UriKind.Relative));
        response.Content.Headers.ContentType!.ToString().ShouldStartWith("text/plain; version=0.0.4");
        string text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("\nfastrelay_devices_online 1\n");
        text.ShouldContain("\nfastrelay_devices_registered 1\n");
        text.ShouldContain("\nfastrelay_heartbeats_total 3\n");
        text.ShouldContain("\nfastrelay_datagram_rejects_total{reason=\"UnknownType\"} 1\n");
        text.ShouldContain("\nfastrelay_results_total{status=\"Unavailable\"} 1\n");
        text.ShouldContain("\nfastrelay_registrations_total{status=\"Registered\"} 1\n");
        text.ShouldContain("\nfastrelay_request_wait_seconds_count 1\n");
        text.ShouldContain("\n# TYPE fastrelay_request_wait_seconds histogram\n");
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            line.ShouldMatch("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{[a-zA-Z_]+=\"[^\"]*\"\\})? [0-9.E+-]+)$");
    }

    [Fact]
    public async Task The_server_certificate_is_renewed_while_it_runs_and_clients_go_on()
    {
        var time = new ManualTimeProvider();
        await using var server = await TestServer.StartAsync(
            o =>
            {
                o.Certificate.Lifetime = TimeSpan.FromSeconds(60);
                o.Certificate.RenewBefore = TimeSpan.FromSeconds(30);
                // The clock runs a hundred times faster than the machine.
                o.Deadlines.Hello = o.Deadlines.Finished = TimeSpan.FromSeconds(60);
                o.Deadlines.FirstMessage = TimeSpan.FromSeconds(600);
            },
            time);
        await using var before = await TestConnection.OpenAsync(server, ConnectionRole.Issuer);
        var old = before.ServerChain!;

        async Task<ServerChain> NewChainAsync()
        {
            while (true)
            {
                await using var connection = await TestConnection.OpenAsync(server, ConnectionRole.Issuer, cached: old);
                if (!connection.ServerChain!.Hash.Span.SequenceEqual(old.Hash.Span)) return connection.ServerChain;
            }
        }
        var renewed = NewChainAsync();
        // The old certificate still holds for 30 s when the new one is there: in each moment a client finds a valid one.
        (await time.AdvanceUntilAsync(renewed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30))).ShouldBeInRange(TimeSpan.FromSeconds(29), TimeSpan.FromSeconds(50));
        await using var after = await TestConnection.OpenAsync(server, ConnectionRole.Issuer, cached: await renewed);
        after.ServerChain!.Hash.ToArray().ShouldBe((await renewed).Hash.ToArray());
        // A connection made before goes on.
        byte[] get = new byte[16];
        await before.SendAsync(InnerType.DescriptorGet, get);
        (await before.ReceiveAsync(InnerType.Descriptor)).Length.ShouldBe(18);
    }

    [Fact]
    public async Task Bad_options_are_refused_before_anything_is_touched()
    {
        string path = Path.Combine(Path.GetTempPath(), $"fastrelay-none-{Guid.NewGuid():N}");
        var error = await Should.ThrowAsync<OptionException>(() => TestServer.StartAsync(
            o =>
            {
                o.Heartbeat.Missed = 0;
                o.Limits.OpenRequests = -1;
            },
            data: path));
        error.Errors.Select(e => e.Key).ShouldBe(["heartbeat:missed", "limits:openRequests"]);
        Directory.Exists(path).ShouldBeFalse();
    }

    [Fact]
    public async Task Two_servers_cannot_share_a_data_directory_and_the_first_goes_on()
    {
        await using var first = await TestServer.StartAsync();
        await Should.ThrowAsync<DataDirectoryException>(() => TestServer.StartAsync(data: first.Data));
        await using var issuer = await TestIssuer.OpenAsync(first);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_the_data_directory_free()
    {
        await using var taken = await TestServer.StartAsync();
        string data = Path.Combine(Path.GetTempPath(), $"fastrelay-server-{Guid.NewGuid():N}");
        try
        {
            await Should.ThrowAsync<System.Net.Sockets.SocketException>(() => TestServer.StartAsync(o => o.Listen = taken.EndPoint, data: data));
            await using var second = await TestServer.StartAsync(data: data);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
