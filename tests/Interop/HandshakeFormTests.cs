using FastRelay.Equipment;
using FastRelay.Interop.Tests.Support;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Interop.Tests;

/// <summary>The handshake's forms between the two implementations, seen on the wire: suites, the cached certificate, RETRY.</summary>
public sealed class HandshakeFormTests
{
    private const int FrameHeader = 4;
    private const int PointOfSuite1 = 65;
    private const int PointOfSuite2 = 97;

    /// <summary>CERT without a chain (SPEC 4.4).</summary>
    private const int CachedCertificate = FrameHeader + 42;

    [Theory]
    [InlineData("1", PointOfSuite1)]
    [InlineData("1,2", PointOfSuite2)]
    public async Task The_highest_suite_of_both_is_used_on_all_three_connections(string suites, int point)
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.NodeDeviceAsync(service, suites);
        (await plant.NodeIssuerAsync(device.Id, default, suites, "--ping")).ExitCode.ShouldBe(0);

        foreach (var role in new[] { ConnectionRole.Register, ConnectionRole.Issuer, ConnectionRole.Wake })
        {
            plant.ServerSignals.Of(Signal.ClientKey, role).Single().Bytes.ShouldBe(FrameHeader + point);
            plant.ServerSignals.Of(Signal.ServerKey, role).Single().Bytes.ShouldBe(FrameHeader + point);
        }
    }

    [Fact]
    public async Task The_peers_device_names_the_chain_it_holds_and_our_server_does_not_send_it_again()
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.NodeDeviceAsync(service);
        await plant.Issuer().PingAsync(device.Id, InteropPlant.Password).WaitAsync(InteropPlant.Patience);

        plant.ServerSignals.Of(Signal.Certificate, ConnectionRole.Register).Single().Bytes.ShouldBeGreaterThan(CachedCertificate);
        plant.ServerSignals.Of(Signal.Certificate, ConnectionRole.Wake).Single().Bytes.ShouldBe(CachedCertificate);
    }

    [Fact]
    public async Task Under_load_the_peer_comes_back_with_our_cookie_also_when_it_holds_the_chain()
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync(o => o.Limits.LoadThreshold = 0);
        var device = await plant.NodeDeviceAsync(service);
        var result = await plant.NodeIssuerAsync(device.Id, "under load"u8.ToArray());

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Text.ShouldBe("under load");
        foreach (var role in new[] { ConnectionRole.Register, ConnectionRole.Issuer, ConnectionRole.Wake })
        {
            plant.ServerSignals.Of(Signal.Retry, role).Length.ShouldBe(1);
            plant.ServerSignals.Of(Signal.Hello, role).Length.ShouldBe(2);
        }
        plant.ServerSignals.Of(Signal.Certificate, ConnectionRole.Wake).Single().Bytes.ShouldBe(CachedCertificate);
    }

    [Theory]
    [InlineData("1", "wake", "prime256v1", false)]
    [InlineData("1,2", "wake", "secp384r1", false)]
    [InlineData("1", "pending", "prime256v1", true)]
    [InlineData("1,2", "fast", "prime256v1", true)]
    public async Task Our_device_and_issuer_work_with_the_peers_small_server(string suites, string route, string curve, bool cookies)
    {
        await using var server = NodeProgram.Start(
            ["support/server.mjs", "--suites", suites, "--route", route, "--curve", curve, .. cookies ? ["--cookies"] : Array.Empty<string>()]);
        var listening = await server.NextAsync("listening");
        var address = new ServerAddress("127.0.0.1", listening.GetProperty("port").GetInt32());
        var trust = ServerTrust.Parse(listening.GetProperty("trust").GetString()!);
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.DeviceAsync(server: address, trust: trust);

        await using (var stream = await plant.Issuer(address, trust).ConnectAsync(device.Id, InteropPlant.Password).WaitAsync(InteropPlant.Patience))
        {
            await stream.WriteAsync("through a foreign server"u8.ToArray());
            await stream.CompleteWritesAsync();
            (await Talk.ReadToEndAsync(stream).WaitAsync(InteropPlant.Patience)).ShouldBe("through a foreign server"u8.ToArray());
        }

        int suite = suites == "1" ? 1 : 2;
        var handshakes = server.All.Where(e => e.GetProperty("event").GetString() == "handshake").ToList();
        handshakes.ShouldAllBe(e => e.GetProperty("suite").GetInt32() == suite);
        // A woken device holds the chain of its registration.
        handshakes.Where(e => e.GetProperty("role").GetInt32() == 3).ShouldAllBe(e => e.GetProperty("cached").GetBoolean());
        handshakes.Count(e => e.GetProperty("role").GetInt32() == 3).ShouldBe(route == "fast" ? 0 : 1);
        plant.DeviceSignals.Of(Signal.Retry, ConnectionRole.Register).Length.ShouldBe(cookies ? 1 : 0);
        server.Count("bad-datagram").ShouldBe(0);
        server.Count("connection-failed").ShouldBe(0);
        plant.ServerSignals.Count(Signal.Hello).ShouldBe(0);
    }
}
