using System.Text;
using FastRelay.Equipment;
using FastRelay.Interop.Tests.Support;
using FastRelay.Protocol.Tracing;
using FastRelay.Server.Options;

namespace FastRelay.Interop.Tests;

/// <summary>The peer's device, and an issuer of this repository, at the server of this repository.</summary>
public sealed class NodeDeviceTests
{
    [Theory]
    [InlineData(RoutePolicy.P4First, "1")]
    [InlineData(RoutePolicy.P4First, "1,2")]
    [InlineData(RoutePolicy.FastFirst, "1")]
    [InlineData(RoutePolicy.FastFirst, "1,2")]
    public async Task Our_issuer_reaches_the_peers_device_on_either_route_and_either_suite(RoutePolicy route, string suites)
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync(o =>
        {
            o.Route = route;
            o.Heartbeat.Interval = TimeSpan.FromSeconds(1);
        });
        var device = await plant.NodeDeviceAsync(service, suites);
        // The answer to a heartbeat after the challenge's: by then the echo of the challenge has come, and the address is validated.
        await device.Program.NextAsync("ack", e => !e.GetProperty("challenge").GetBoolean());

        await using var stream = await plant.Issuer().ConnectAsync(device.Id, InteropPlant.Password).WaitAsync(InteropPlant.Patience);
        byte[] said = Encoding.UTF8.GetBytes("hello from the other side");
        await stream.WriteAsync(said);
        (await Talk.ReadExactlyAsync(stream, said.Length).WaitAsync(InteropPlant.Patience)).ShouldBe(said);
        await stream.CompleteWritesAsync();
        (await Talk.ReadToEndAsync(stream).WaitAsync(InteropPlant.Patience)).ShouldBeEmpty();

        bool fast = route == RoutePolicy.FastFirst;
        (await device.Program.NextAsync("request")).GetProperty("by").GetString().ShouldBe(fast ? "fast" : "tcp");
        device.Program.Count("woken").ShouldBe(fast ? 0 : 1);
        await device.Program.NextAsync("dialled");
        (await device.Program.NextAsync("closed")).GetProperty("error").GetString().ShouldBeNull();
    }

    [Fact]
    public async Task Eight_MiB_go_each_way_when_the_issuer_ends_its_half_first()
    {
        byte[]? heard = null;
        await using var service = TcpService.Start(async stream =>
        {
            heard = await Talk.ReadToEndAsync(stream);
            await stream.WriteAsync(Talk.OfDevice);
        });
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.NodeDeviceAsync(service);

        await using var stream = await plant.Issuer().ConnectAsync(device.Id, InteropPlant.Password).WaitAsync(InteropPlant.Patience);
        await stream.WriteAsync(Talk.OfIssuer);
        await stream.CompleteWritesAsync();
        byte[] answer = await Talk.ReadToEndAsync(stream).WaitAsync(InteropPlant.Patience);

        Talk.ShouldBeTheSame(heard!, Talk.OfIssuer);
        Talk.ShouldBeTheSame(answer, Talk.OfDevice);
    }

    [Fact]
    public async Task Eight_MiB_go_each_way_when_the_device_ends_its_half_first()
    {
        var heard = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = TcpService.Start(async stream =>
        {
            await stream.WriteAsync(Talk.OfDevice);
            ((System.Net.Sockets.NetworkStream)stream).Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            heard.SetResult(await Talk.ReadToEndAsync(stream));
        });
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.NodeDeviceAsync(service);

        await using var stream = await plant.Issuer().ConnectAsync(device.Id, InteropPlant.Password).WaitAsync(InteropPlant.Patience);
        byte[] answer = await Talk.ReadToEndAsync(stream).WaitAsync(InteropPlant.Patience);
        await stream.WriteAsync(Talk.OfIssuer);
        await stream.CompleteWritesAsync();

        Talk.ShouldBeTheSame(answer, Talk.OfDevice);
        Talk.ShouldBeTheSame(await heard.Task.WaitAsync(InteropPlant.Patience), Talk.OfIssuer);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData(null)]
    public async Task A_wrong_password_or_none_is_told_and_nothing_is_dialled(string? password)
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.NodeDeviceAsync(service);

        var issuer = plant.Issuer();
        var error = await Should.ThrowAsync<EquipmentException>(issuer.ConnectAsync(device.Id, password).WaitAsync(InteropPlant.Patience));

        error.Error.ShouldBe(EquipmentError.PasswordRefused);
        (await device.Program.NextAsync("refused")).GetProperty("status").GetInt32().ShouldBe(1);
        // The right one is taken afterwards; so whatever the refused one had caused would have been told by now.
        await using (var stream = await issuer.ConnectAsync(device.Id, InteropPlant.Password).WaitAsync(InteropPlant.Patience))
        {
            await stream.WriteAsync(new byte[1]);
            await Talk.ReadExactlyAsync(stream, 1).WaitAsync(InteropPlant.Patience);
        }
        device.Program.Count("dialled").ShouldBe(1);
        service.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task A_ping_is_answered_sealed_and_nothing_is_dialled()
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.NodeDeviceAsync(service);

        // The password in its decomposed form is the same password.
        string decomposed = InteropPlant.Password.Normalize(NormalizationForm.FormD);
        decomposed.ShouldNotBe(InteropPlant.Password);
        var ping = await plant.Issuer().PingAsync(device.Id, decomposed).WaitAsync(InteropPlant.Patience);

        ping.RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
        await device.Program.NextAsync("ping");
        device.Program.Count("dialled").ShouldBe(0);
    }

    [Fact]
    public async Task A_device_that_says_goodbye_is_unavailable_at_once()
    {
        await using var service = TcpService.Echo();
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.NodeDeviceAsync(service);

        (await device.Program.StopAsync()).ShouldBe(0);
        var issuer = plant.Issuer();
        var error = await Should.ThrowAsync<EquipmentException>(issuer.ConnectAsync(device.Id, InteropPlant.Password).WaitAsync(InteropPlant.Patience));

        error.Error.ShouldBe(EquipmentError.Unavailable);
        plant.ServerSignals.Count(Signal.ThirdRequest).ShouldBe(0);
    }
}
