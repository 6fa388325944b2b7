using System.Text.Json;
using FastRelay.System.Tests.Processes;

namespace FastRelay.System.Tests;

/// <summary>Where a device's password comes from, and what becomes of it.</summary>
public sealed class DevicePasswordTests
{
    [Fact]
    public async Task A_device_that_nobody_gives_a_password_makes_a_strong_one_and_keeps_it_for_its_owner_alone()
    {
        await using var relay = await RelayScenario.ServerOnlyAsync();

        var (id, file) = await RunDeviceAsync(relay, [], async (id, file) => (await PingAsync(relay, id, file!)).ShouldBe(0));

        file.ShouldBe(Path.Combine(relay.Files["device"], "password"));
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(file!).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string password = (await File.ReadAllTextAsync(file!)).TrimEnd('\n');
        password.ShouldMatch("^([a-z2-9]{5}-){4}[a-z2-9]{5}$");

        // Started again it is the same device with the same password, and one that is given replaces it.
        var again = await RunDeviceAsync(relay, [], async (id, kept) => (await PingAsync(relay, id, kept!)).ShouldBe(0));
        again.ShouldBe((id, file));
        (await File.ReadAllTextAsync(file!)).TrimEnd('\n').ShouldBe(password);
        string old = relay.Files["old"];
        File.Copy(file!, old);
        await RunDeviceAsync(relay, ["--password-file", relay.PasswordFile], async (id, generated) =>
        {
            generated.ShouldBeNull();
            (await PingAsync(relay, id, relay.PasswordFile)).ShouldBe(0);
            (await PingAsync(relay, id, old)).ShouldBe(5);
        });
        File.Exists(file).ShouldBeFalse("a password that holds no longer would mislead whoever finds it");
    }

    [Fact]
    public async Task A_password_file_may_end_in_a_line_end_and_its_other_bytes_all_count()
    {
        await using var relay = await RelayScenario.ServerOnlyAsync();
        await File.WriteAllTextAsync(relay.Files["crlf"], " pass wörd \r\n");
        await File.WriteAllTextAsync(relay.Files["bare"], " pass wörd ");
        await File.WriteAllTextAsync(relay.Files["trimmed"], "pass wörd");
        await File.WriteAllTextAsync(relay.Files["empty"], "\n");

        await RunDeviceAsync(relay, ["--password-file", relay.Files["crlf"]], async (id, _) =>
        {
            (await PingAsync(relay, id, relay.Files["bare"])).ShouldBe(0);
            (await PingAsync(relay, id, relay.Files["trimmed"])).ShouldBe(5);
            (await PingAsync(relay, id, relay.Files["empty"])).ShouldBe(2);
        });
    }

    private static async Task<(string Id, string? PasswordFile)> RunDeviceAsync(
        RelayScenario relay, IEnumerable<string> options, Func<string, string?, Task> act)
    {
        await using var device = FastRelayProgram.Start(
            ["device", "--json", .. relay.At, "--expose", "127.0.0.1:9", "--data", relay.Files["device"], .. options]);
        JsonElement started = await device.EventAsync("started");
        string id = started.GetProperty("id").GetString()!;
        string? file = started.GetProperty("passwordFile").GetString();
        await device.EventAsync("registered");
        await act(id, file);
        (await device.SignalAsync("TERM")).ShouldBe(0, device.Said);
        return (id, file);
    }

    private static async Task<int> PingAsync(RelayScenario relay, string id, string passwordFile) =>
        (await FastRelayProgram.RunAsync(["ping", id, .. relay.At, "--password-file", passwordFile])).ExitCode;
}
