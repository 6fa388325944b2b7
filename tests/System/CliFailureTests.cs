using System.Net;
using System.Net.Sockets;
using FastRelay.Cli;
using FastRelay.Cli.Forwarding;
using FastRelay.Cli.Secrets;
using FastRelay.Equipment;
using FastRelay.System.Tests.InProcess;

namespace FastRelay.System.Tests;

/// <summary>What the command line makes of what shouldn't happen; in this process.</summary>
public sealed class CliFailureTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("fastrelay-").FullName;

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_defect_is_one_line_and_exit_code_1_and_the_trace_only_when_it_is_asked_for()
    {
        var quiet = new StringWriter();
        Program.TellUnexpected(Thrown(), verbose: false, quiet).ShouldBe(1);
        string line = quiet.ToString().TrimEnd('\n');
        line.ShouldBe("fastrelay: InvalidOperationException: first; second (this is a defect; --verbose tells more)");

        var verbose = new StringWriter();
        Program.TellUnexpected(Thrown(), verbose: true, verbose).ShouldBe(1);
        verbose.ToString().ShouldContain(nameof(Thrown));
    }

    [Theory]
    [InlineData("600", false)]
    [InlineData("400", false)]
    [InlineData("640", true)]
    [InlineData("604", true)]
    [InlineData("620", true)]
    [InlineData("610", true)]
    public void A_password_file_that_others_may_use_is_warned_of(string mode, bool warns)
    {
        if (OperatingSystem.IsWindows()) return; // it has no such modes
        string path = Path.Combine(_directory, "password");
        File.WriteAllText(path, "secret\n");
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        var told = new StringWriter();
        PasswordSource.WarnIfOpen(new FileInfo(path), told);
        told.ToString().Contains("chmod 600", StringComparison.Ordinal).ShouldBe(warns);
        told.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public void A_new_password_is_asked_for_twice_and_a_slip_is_told()
    {
        DevicePasswordChoice.AskTwice(Answers("horse", "horse")).ShouldBe("horse");
        DevicePasswordChoice.AskTwice(Answers("")).ShouldBe("");
        DevicePasswordChoice.AskTwice(_ => null).ShouldBeNull();
        Should.Throw<CommandFailure>(() => DevicePasswordChoice.AskTwice(Answers("horse", "hores"))).Code.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_that_is_cut_under_way_is_reset_so_that_a_part_of_a_file_does_not_look_whole()
    {
        await using var plant = await Plant.StartAsync();
        var device = await plant.DeviceAsync(async (stream, cancellation) =>
        {
            await stream.WriteAsync(new byte[1000], cancellation);
            await stream.FlushAsync(cancellation);
            await stream.ReadExactlyAsync(new byte[1], cancellation); // the part has arrived
            throw new InvalidOperationException("the service breaks");
        });
        await using var issuer = plant.Issuer();
        using var client = await ConnectAsync(cancellation => issuer.ConnectAsync(device.Id, Plant.Password, cancellation));
        byte[] part = new byte[1000];
        for (int at = 0; at < part.Length;) at += await client.ReceiveAsync(part.AsMemory(at)).AsTask().WaitAsync(Patience);
        await client.SendAsync(new byte[1]);
        (await Should.ThrowAsync<SocketException>(client.ReceiveAsync(part).WaitAsync(Patience))).SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task A_defect_in_one_carried_connection_resets_it_and_leaves_the_listener_at_work()
    {
        int connected = 0;
        using var listening = new CancellationTokenSource();
        using var listener = LocalListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), _ =>
        {
            connected++;
            throw new InvalidOperationException("a defect");
        });
        var running = listener.RunAsync(listening.Token);
        for (int i = 1; i <= 2; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            // The reset may be faster than connect's return.
            (await Should.ThrowAsync<SocketException>(ConnectAndReceiveAsync(client))).SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
            connected.ShouldBe(i);
        }
        await listening.CancelAsync();
        await running.WaitAsync(Patience);

        async Task ConnectAndReceiveAsync(Socket client)
        {
            await client.ConnectAsync(listener.EndPoint);
            await client.ReceiveAsync(new byte[1]).WaitAsync(Patience);
        }
    }

    private async Task<Socket> ConnectAsync(Func<CancellationToken, Task<RelayStream>> connect)
    {
        var listener = LocalListener.Bind(new IPEndPoint(IPAddress.Loopback, 0), connect);
        _ = listener.RunAsync(_stopping.Token);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint);
        return client;
    }

    private static Func<string, string?> Answers(params string[] answers)
    {
        int next = 0;
        return _ => answers[next++];
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("first\nsecond");
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }
}
