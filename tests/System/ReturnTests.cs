using FastRelay.Protocol.Wire;
using FastRelay.System.Tests.InProcess;

namespace FastRelay.System.Tests;

/// <summary>A device comes back to its server by ticket (SPEC 7.9), without a handshake, and can be reached.</summary>
public sealed class ReturnTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task After_a_restart_of_the_server_a_device_is_back_without_a_handshake()
    {
        await using var plant = await Plant.StartAsync(interval: Interval);
        var device = await plant.DeviceAsync();
        await RestartServerAsync(plant);

        plant.Server.Counters.Handshakes.ShouldBe(0);
        plant.Server.Counters.Registrations(RegisterStatus.Registered).ShouldBe(0);
        (await plant.Issuer().PingAsync(device.Id, Plant.Password)).RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_device_that_starts_again_is_back_without_a_handshake()
    {
        await using var plant = await Plant.StartAsync(interval: Interval);
        var first = await plant.DeviceAsync();
        await TicketKeptAsync(plant);
        await first.DisposeAsync();
        long handshakes = plant.Server.Counters.Handshakes;

        var second = await plant.DeviceAsync();

        second.Id.ShouldBe(first.Id);
        plant.Server.Counters.Handshakes.ShouldBe(handshakes);
        (await plant.Issuer().PingAsync(second.Id, Plant.Password)).RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task Without_the_ticket_keys_a_device_comes_back_by_registering()
    {
        await using var plant = await Plant.StartAsync(interval: Interval);
        var device = await plant.DeviceAsync();
        await RestartServerAsync(plant, () => File.Delete(Path.Combine(plant.ServerData, "ticket_keys")));

        plant.Server.Counters.Registrations(RegisterStatus.Registered).ShouldBe(1);
        (await plant.Issuer().PingAsync(device.Id, Plant.Password)).RoundTrip.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    private static async Task RestartServerAsync(Plant plant, Action? between = null)
    {
        await TicketKeptAsync(plant);
        await plant.Server.DisposeAsync();
        between?.Invoke();
        await plant.StartServerAsync();
        await UntilAsync(() => plant.Server.Counters.Online == 1);
    }

    private static Task TicketKeptAsync(Plant plant) => UntilAsync(() => File.Exists(plant.DeviceFile("device.ticket")));

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 3_000 && !condition(); i++) await Task.Delay(20, TestContext.Current.CancellationToken);
        condition().ShouldBeTrue();
    }
}
