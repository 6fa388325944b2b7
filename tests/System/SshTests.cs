using FastRelay.System.Tests.Processes;
using FastRelay.System.Tests.Services;

namespace FastRelay.System.Tests;

/// <summary>What people come for: a shell and files on a machine behind a NAT, with the ssh they know.</summary>
public sealed class SshTests
{
    private const int FileMebibytes = 256;
    private static readonly TimeSpan CopyPatience = TimeSpan.FromMinutes(3);

    [Fact]
    [Trait("Claim", "32")]
    [Trait("Claim", "33")]
    [Trait("Claim", "34")]
    public async Task A_file_of_256_MiB_survives_the_way_there_and_back_through_sshd()
    {
        await using var sshd = await SshService.StartAsync();
        await using var relay = await RelayScenario.WithDeviceAsync(sshd.EndPoint);
        RandomFile.Create(relay.Files["original"], FileMebibytes);

        await using var sftp = RunningProcess.Start("sftp",
        [
            .. sshd.ClientOptions, "-o", ProxyCommand(relay),
            "-b", Batch(relay, $"put {relay.Files["original"]} {relay.Files["there"]}", $"get {relay.Files["there"]} {relay.Files["back"]}"),
            $"{Environment.UserName}@device",
        ]);
        (await sftp.EndAsync(CopyPatience)).ShouldBe(0, sftp.Said);

        string expected = RandomFile.Sha256(relay.Files["original"]);
        RandomFile.Sha256(relay.Files["there"]).ShouldBe(expected);
        RandomFile.Sha256(relay.Files["back"]).ShouldBe(expected);
    }

    [Fact]
    public async Task A_command_over_ssh_gives_its_output_and_its_exit_code()
    {
        await using var sshd = await SshService.StartAsync();
        await using var relay = await RelayScenario.WithDeviceAsync(sshd.EndPoint);

        await using var ssh = RunningProcess.Start("ssh",
            [.. sshd.ClientOptions, "-o", ProxyCommand(relay), $"{Environment.UserName}@device", "echo out; echo err >&2; exit 7"]);

        (await ssh.EndAsync(FastRelayProgram.Patience)).ShouldBe(7, ssh.Said);
        ssh.Output.ShouldBe(["out"]);
        ssh.Errors.ShouldBe(["err"]);
    }

    private static string ProxyCommand(RelayScenario relay) =>
        $"ProxyCommand={FastRelayProgram.CommandLine} connect {relay.DeviceId} {string.Join(' ', relay.At)} --password-file {relay.PasswordFile} --stdio";

    private static string Batch(RelayScenario relay, params string[] commands)
    {
        File.WriteAllLines(relay.Files["batch"], commands);
        return relay.Files["batch"];
    }
}
