using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FastRelay.System.Tests.Processes;

namespace FastRelay.System.Tests.Services;

/// <summary>Debian's sshd on a port of its own, with a host key and an authorized key of its own: nothing of the machine's is used.</summary>
internal sealed class SshService : IAsyncDisposable
{
    private const string Program = "/usr/sbin/sshd";
    private readonly RunningProcess _process;
    private readonly TemporaryDirectory _files;

    private SshService(RunningProcess process, TemporaryDirectory files, IPEndPoint endPoint)
    {
        _process = process;
        _files = files;
        EndPoint = endPoint;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Options of ssh and sftp that log in here, and nowhere by a person's own configuration.</summary>
    public IEnumerable<string> ClientOptions =>
    [
        "-F", "none", "-i", _files["client"], "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
        "-o", "StrictHostKeyChecking=yes", "-o", $"UserKnownHostsFile={_files["known_hosts"]}", "-o", "HostKeyAlias=device",
    ];

    public static async Task<SshService> StartAsync()
    {
        File.Exists(Program).ShouldBeTrue("This test needs sshd: apt-get install openssh-server openssh-client (.ci/run does it)");
        var files = new TemporaryDirectory();
        await KeyAsync(files["host"]);
        await KeyAsync(files["client"]);
        File.Copy(files["client.pub"], files["authorized_keys"]);
        await File.WriteAllTextAsync(files["known_hosts"], "device " + await File.ReadAllTextAsync(files["host.pub"]));
        if (Environment.IsPrivilegedProcess) Directory.CreateDirectory("/run/sshd"); // where sshd started by root drops its privileges

        // sshd takes no port 0, and can't be handed a socket; a port that is lost between probing and binding is tried again.
        for (int attempt = 0; ; attempt++)
        {
            int port = FreePort();
            string port10 = port.ToString(CultureInfo.InvariantCulture);
            await File.WriteAllLinesAsync(files["sshd_config"],
            [
                "Port " + port10, "ListenAddress 127.0.0.1", "HostKey " + files["host"], "PidFile none", "UsePAM no", "StrictModes no",
                "AuthorizedKeysFile " + files["authorized_keys"], "PasswordAuthentication no", "KbdInteractiveAuthentication no",
                "PermitRootLogin yes", "Subsystem sftp internal-sftp", "UseDNS no",
            ]);
            var process = RunningProcess.Start(Program, ["-D", "-e", "-f", files["sshd_config"]]);
            string line = await process.LineAsync(
                text => text.StartsWith("Server listening", StringComparison.Ordinal) || text.Contains("Bind to port", StringComparison.Ordinal),
                FastRelayProgram.Patience);
            if (line.StartsWith("Server listening", StringComparison.Ordinal))
                return new SshService(process, files, new IPEndPoint(IPAddress.Loopback, port));
            await process.DisposeAsync();
            attempt.ShouldBeLessThan(5, line);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _files.Dispose();
    }

    private static async Task KeyAsync(string path)
    {
        await using var keygen = RunningProcess.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
        (await keygen.EndAsync(FastRelayProgram.Patience)).ShouldBe(0, keygen.Said);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
