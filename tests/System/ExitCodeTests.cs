using System.Net;
using System.Net.Sockets;
using FastRelay.System.Tests.Processes;
using FastRelay.System.Tests.Services;

namespace FastRelay.System.Tests;

/// <summary>Scripts tell failures apart by the exit code, people by one line on standard error that says what to do.</summary>
public sealed class ExitCodeTests
{
    private const string SomeId = "0000000-0000000-0000000-0000000";

    /// <summary>Commands that can't be right, and a word of what they must be told.</summary>
    public static TheoryData<string, string> Mistakes => new()
    {
        { "", "--help" },
        { "dance", "dance" },
        { "connect", "ID" },
        { $"connect {SomeId} --server 127.0.0.1:1", "--local" },
        { $"connect {SomeId} --server 127.0.0.1:1 --stdio --local 127.0.0.1:0", "--local" },
        { $"connect {SomeId} --stdio", "FASTRELAY_SERVER" },
        { $"connect {SomeId} --stdio --server nowhere", "HOST:PORT" },
        { $"connect {SomeId} --stdio --server 127.0.0.1:1 --trust sha256:12", "64 hex digits" },
        { $"connect {SomeId} --stdio --server 127.0.0.1:1 --trust no-such-file", "no-such-file" },
        { $"connect {SomeId} --stdio --server 127.0.0.1:1", "--password-file" },
        { $"connect {SomeId} --stdio --server 127.0.0.1:1 --password-file no-such-file", "no such file" },
        { "ping 123 --server 127.0.0.1:1", "28 letters and digits" },
        { "ping 1000000-0000000-0000000-0000000 --server 127.0.0.1:1", "group 1" },
        { "device --server 127.0.0.1:1", "--expose" },
        { "device --server 127.0.0.1:1 --expose 22", "HOST:PORT" },
        { "serve --listen everywhere", "listen" },
        { "serve --config no-such-file", "no-such-file" },
        { "serve --password secret", "--password" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_in_the_call_ends_with_2_and_one_line_that_names_it(string arguments, string told)
    {
        var result = await FastRelayProgram.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        result.ExitCode.ShouldBe(2, result.ToString());
        result.Errors.ShouldHaveSingleItem(result.ToString()).ShouldContain(told);
        result.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_is_not_there_ends_with_3()
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var result = await FastRelayProgram.RunAsync(["ping", SomeId, "--server", $"127.0.0.1:{port}"], Password("x"));

        result.ExitCode.ShouldBe(3, result.ToString());
        result.Errors.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Each_refusal_ends_with_its_own_code_and_one_line()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);

        await EndsAsync(3, ["ping", SomeId, .. relay.At], RelayScenario.Password);
        await EndsAsync(3, ["connect", SomeId, .. relay.At, "--stdio"], RelayScenario.Password);
        await EndsAsync(4, ["ping", relay.DeviceId, "--server", relay.Address, "--trust", "sha256:" + new string('0', 64)], RelayScenario.Password);
        await EndsAsync(4, ["ping", relay.DeviceId, "--server", relay.Address, "--trust", "system"], RelayScenario.Password);
        await EndsAsync(5, ["ping", relay.DeviceId, .. relay.At], "incorrect horse");
        await EndsAsync(5, ["connect", relay.DeviceId, .. relay.At, "--stdio"], "incorrect horse");
        await EndsAsync(5, ["connect", relay.DeviceId, .. relay.At, "--local", "127.0.0.1:0"], "incorrect horse");
        await EndsAsync(0, ["ping", relay.DeviceId, .. relay.At], RelayScenario.Password);

        static async Task EndsAsync(int expected, IEnumerable<string> arguments, string password)
        {
            var result = await FastRelayProgram.RunAsync(arguments, Password(password));
            result.ExitCode.ShouldBe(expected, result.ToString());
            result.Errors.Count.ShouldBe(expected == 0 ? 0 : 1, result.ToString());
            if (expected != 0) result.Output.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task The_environment_stands_in_for_server_and_trust()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);

        var result = await FastRelayProgram.RunAsync(["ping", relay.DeviceId], new Dictionary<string, string>
        {
            ["FASTRELAY_SERVER"] = relay.Address,
            ["FASTRELAY_TRUST"] = relay.Trust,
            ["FASTRELAY_PASSWORD"] = RelayScenario.Password,
        });

        result.ExitCode.ShouldBe(0, result.ToString());
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_server_device_and_listener_cleanly(string signal)
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        var (issuer, _) = await relay.ConnectLocalAsync();

        (await issuer.SignalAsync(signal)).ShouldBe(0, issuer.Said);
        (await relay.Device.SignalAsync(signal)).ShouldBe(0, relay.Device.Said);
        (await relay.Server.SignalAsync(signal)).ShouldBe(0, relay.Server.Said);
        (relay.Server.Said + relay.Device.Said + issuer.Said).ShouldNotContain("nhandled");
    }

    [Fact]
    public async Task A_device_that_was_stopped_is_unavailable_at_once()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        (await relay.Device.SignalAsync("TERM")).ShouldBe(0);

        (await FastRelayProgram.RunAsync(["ping", relay.DeviceId, .. relay.At, "--password-file", relay.PasswordFile])).ExitCode.ShouldBe(3);
    }

    private static Dictionary<string, string> Password(string password) => new(StringComparer.Ordinal) { ["FASTRELAY_PASSWORD"] = password };
}
