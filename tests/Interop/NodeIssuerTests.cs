using System.Text.Json;
using FastRelay.Interop.Tests.Support;
using FastRelay.Protocol;
using FastRelay.Protocol.Tracing;
using FastRelay.Server.Options;

namespace FastRelay.Interop.Tests;

/// <summary>A device of this repository, and the peer's issuer, at the server of this repository.</summary>
public sealed class NodeIssuerTests
{
    private const int Unavailable = 3;
    private const int TrustRefused = 4;
    private const int PasswordRefused = 5;

    [Theory]
    [InlineData(RoutePolicy.P4First, "1")]
    [InlineData(RoutePolicy.P4First, "1,2")]
    [InlineData(RoutePolicy.FastFirst, "1")]
    [InlineData(RoutePolicy.FastFirst, "1,2")]
    public async Task The_peers_issuer_reaches_our_device_on_either_route_and_either_suite(RoutePolicy route, string suites)
    {
        await using var plant = await InteropPlant.StartAsync(o => o.Route = route);
        var device = await plant.DeviceAsync();

        var result = await plant.NodeIssuerAsync(device.Id, "hello from the other side"u8.ToArray(), suites);

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Text.ShouldBe("hello from the other side");
        plant.DeviceSignals.Count(Signal.SecondRequestFast).ShouldBe(route == RoutePolicy.FastFirst ? 1 : 0);
        plant.DeviceSignals.Count(Signal.SecondRequest).ShouldBe(route == RoutePolicy.FastFirst ? 0 : 1);
    }

    [Fact]
    public async Task Eight_MiB_go_each_way_when_the_issuer_ends_its_half_first()
    {
        byte[]? heard = null;
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.DeviceAsync(async stream =>
        {
            heard = await Talk.ReadToEndAsync(stream);
            await stream.WriteAsync(Talk.OfDevice);
        });

        var result = await plant.NodeIssuerAsync(device.Id, Talk.OfIssuer);

        result.ExitCode.ShouldBe(0, result.Errors);
        Talk.ShouldBeTheSame(heard!, Talk.OfIssuer);
        Talk.ShouldBeTheSame(result.Output, Talk.OfDevice);
    }

    [Fact]
    public async Task Eight_MiB_go_each_way_when_the_device_ends_its_half_first()
    {
        var heard = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.DeviceAsync(async stream =>
        {
            await stream.WriteAsync(Talk.OfDevice);
            await stream.CompleteWritesAsync();
            heard.SetResult(await Talk.ReadToEndAsync(stream));
        });

        byte[] answer = [];
        var result = await plant.NodeIssuerAsync(device.Id, async (stdin, stdout) =>
        {
            answer = await Talk.ReadExactlyAsync(stdout, Talk.Size);
            await Node.SendAsync(stdin, Talk.OfIssuer);
            (await Talk.ReadToEndAsync(stdout)).ShouldBeEmpty();
        });

        result.ExitCode.ShouldBe(0, result.Errors);
        Talk.ShouldBeTheSame(answer, Talk.OfDevice);
        Talk.ShouldBeTheSame(await heard.Task.WaitAsync(InteropPlant.Patience), Talk.OfIssuer);
    }

    [Fact]
    public async Task A_ping_is_answered_sealed_and_nothing_is_dialled()
    {
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.DeviceAsync();

        var result = await plant.NodeIssuerAsync(device.Id, more: ["--ping", "--count", "3"]);

        result.ExitCode.ShouldBe(0, result.Errors);
        string[] lines = result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(3);
        foreach (string line in lines)
        {
            using var ping = JsonDocument.Parse(line);
            ping.RootElement.GetProperty("ms").GetDouble().ShouldBeGreaterThan(0);
        }
        plant.DeviceSignals.Count(Signal.PasswordChecked).ShouldBe(3);
        plant.DeviceSignals.Count(Signal.CommunicationRequest).ShouldBe(0);
    }

    [Fact]
    public async Task A_wrong_password_or_none_is_told_and_nothing_is_dialled()
    {
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.DeviceAsync();

        // Of an option given twice the last counts.
        (await plant.NodeIssuerAsync(device.Id, more: ["--password-file", plant.WrongPasswordFile])).ExitCode.ShouldBe(PasswordRefused);
        var without = await Node.RunAsync(["issuer.mjs", .. plant.Common("1,2"), "--id", $"{device.Id}"]);

        without.ExitCode.ShouldBe(PasswordRefused, without.Errors);
        plant.DeviceSignals.Count(Signal.PasswordChecked).ShouldBe(2);
        plant.DeviceSignals.Count(Signal.CommunicationRequest).ShouldBe(0);
    }

    [Fact]
    public async Task An_unknown_device_is_unavailable()
    {
        await using var plant = await InteropPlant.StartAsync();
        var result = await plant.NodeIssuerAsync(new DeviceId(7));
        result.ExitCode.ShouldBe(Unavailable, result.Errors);
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_gets_no_key_information()
    {
        await using var plant = await InteropPlant.StartAsync();
        var result = await plant.NodeIssuerAsync(new DeviceId(7), more: ["--trust", "sha256:" + new string('0', 64)]);

        result.ExitCode.ShouldBe(TrustRefused, result.Errors);
        plant.ServerSignals.Count(Signal.Certificate).ShouldBe(1);
        plant.ServerSignals.Count(Signal.ClientKey).ShouldBe(0);
    }

    [Fact]
    public async Task The_authoritys_certificate_as_a_file_is_trusted_as_well()
    {
        await using var plant = await InteropPlant.StartAsync();
        var device = await plant.DeviceAsync();
        var result = await plant.NodeIssuerAsync(device.Id, more: ["--ping", "--trust", plant.Server.CaCertificatePath]);
        result.ExitCode.ShouldBe(0, result.Errors);
    }
}
