using System.Net;
using System.Net.Sockets;
using FastRelay.System.Tests.Processes;
using FastRelay.System.Tests.Services;

namespace FastRelay.System.Tests;

/// <summary>SIGKILL in the middle of a connection, for each of the three parties; then the device is reachable again without a hand on it.</summary>
public sealed class KillTests
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task After_the_device_was_killed_and_started_again_it_is_reachable_under_its_old_id()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        string id = relay.DeviceId;
        var (issuer, local) = await relay.ConnectLocalAsync();
        using var socket = await HalfwayAsync(local, service);

        await relay.Device.KillAsync();
        await BrokenAsync(socket);
        await relay.StartDeviceAsync(service.EndPoint);

        relay.DeviceId.ShouldBe(id);
        await relay.ReachableAsync(Recovery);
        issuer.HasExited.ShouldBeFalse(issuer.Said);
        (await AnswerThroughAsync(local, service)).ShouldBe("5 bytes");
    }

    [Fact]
    public async Task After_the_server_was_killed_and_started_again_the_device_comes_back_by_itself()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        var (issuer, local) = await relay.ConnectLocalAsync();
        using var socket = await HalfwayAsync(local, service);

        await relay.Server.KillAsync();
        (await socket.AnswerAsync().WaitAsync(FastRelayProgram.Patience)).ShouldBe("5 bytes", "the communication never needed the server");
        await relay.StartServerAsync();

        await relay.ReachableAsync(Recovery);
        issuer.HasExited.ShouldBeFalse(issuer.Said);
        (await AnswerThroughAsync(local, service)).ShouldBe("5 bytes");
        relay.Device.HasExited.ShouldBeFalse();
    }

    [Fact]
    public async Task After_the_issuer_was_killed_another_one_reaches_the_device_at_once()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        var (issuer, local) = await relay.ConnectLocalAsync();
        using var socket = await HalfwayAsync(local, service);

        await issuer.KillAsync();

        var (_, again) = await relay.ConnectLocalAsync();
        (await AnswerThroughAsync(again, service)).ShouldBe("5 bytes");
        relay.Device.HasExited.ShouldBeFalse();
    }

    /// <summary>A connection that has sent and not ended: the service waits.</summary>
    private static async Task<Socket> HalfwayAsync(IPEndPoint local, CountingService service)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(local);
        await socket.SendAsync("hello"u8.ToArray());
        await service.HeardAsync(FastRelayProgram.Patience);
        return socket;
    }

    private static async Task<string> AnswerThroughAsync(IPEndPoint local, CountingService service)
    {
        using var socket = await HalfwayAsync(local, service);
        return await socket.AnswerAsync().WaitAsync(FastRelayProgram.Patience);
    }

    /// <summary>The client must see a break, not an end: what it has isn't the whole.</summary>
    private static async Task BrokenAsync(Socket socket) =>
        (await Should.ThrowAsync<SocketException>(() => socket.ReceiveAsync(new byte[1]).WaitAsync(FastRelayProgram.Patience)))
        .SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
}
