using System.Text.Json;
using FastRelay.System.Tests.Processes;
using FastRelay.System.Tests.Services;

namespace FastRelay.System.Tests;

/// <summary><c>--json</c>: every line that is printed is one object with the documented members.</summary>
public sealed class JsonTests
{
    [Fact]
    public async Task Version_prints_one_object()
    {
        var result = await FastRelayProgram.RunAsync(["--version", "--json"]);
        Parse(result).ShouldHaveSingleItem().GetProperty("version").GetString()!.ShouldMatch(@"^\d+\.\d+\.\d+");
    }

    [Fact]
    public async Task Every_command_that_prints_data_prints_objects()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);

        var ping = await FastRelayProgram.RunAsync(["ping", relay.DeviceId, "--json", "--count", "2", .. relay.At, "--password-file", relay.PasswordFile]);
        Parse(ping).Select(line => line.GetProperty("number").GetInt32()).ShouldBe([1, 2]);
        Parse(ping).ShouldAllBe(line => line.GetProperty("milliseconds").GetDouble() > 0 && line.GetProperty("id").GetString() == relay.DeviceId);

        var id = await FastRelayProgram.RunAsync(["id", "--json", "--data", relay.Files["device"]]);
        Parse(id).ShouldHaveSingleItem().GetProperty("id").GetString().ShouldBe(relay.DeviceId);

        var (issuer, _) = await relay.ConnectLocalAsync();
        foreach (var process in new[] { relay.Server, relay.Device, issuer })
            process.Output.ShouldAllBe(line => JsonDocument.Parse(line, default).RootElement.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task The_printed_command_lines_name_the_server_and_its_fingerprint()
    {
        await using var relay = await RelayScenario.ServerOnlyAsync();
        var listening = JsonDocument.Parse(relay.Server.Output[0]).RootElement;

        foreach (string command in new[] { "deviceCommand", "connectCommand" })
            listening.GetProperty(command).GetString()!.ShouldContain($"--server {relay.Address} --trust {relay.Trust}");
        File.Exists(listening.GetProperty("certificateFile").GetString()).ShouldBeTrue();
    }

    private static List<JsonElement> Parse(CommandResult result)
    {
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Errors.ShouldBeEmpty();
        return [.. result.Output.Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
