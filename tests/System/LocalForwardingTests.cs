using System.Net;
using System.Net.Sockets;
using FastRelay.System.Tests.Processes;
using FastRelay.System.Tests.Services;

namespace FastRelay.System.Tests;

/// <summary><c>connect --local</c>: any program that speaks TCP reaches the device's service without knowing of FastRelay.</summary>
public sealed class LocalForwardingTests
{
    [Fact]
    [Trait("Claim", "31")]
    [Trait("Claim", "32")]
    [Trait("Claim", "33")]
    [Trait("Claim", "34")]
    public async Task Curl_gets_a_page_and_puts_a_file_byte_for_byte()
    {
        using var files = new TemporaryDirectory();
        RandomFile.Create(files["page"], 8);
        await using var web = await WebService.StartAsync(files["page"]);
        await using var relay = await RelayScenario.WithDeviceAsync(web.EndPoint);
        var (_, local) = await relay.ConnectLocalAsync();

        (await CurlAsync("-o", files["got"], $"http://{local}/")).ExitCode.ShouldBe(0);
        RandomFile.Sha256(files["got"]).ShouldBe(RandomFile.Sha256(files["page"]));

        var put = await CurlAsync("-T", files["page"], $"http://{local}/upload");
        put.Output.ShouldBe([RandomFile.Sha256(files["page"])]);
    }

    [Fact]
    public async Task Two_hundred_connections_at_once_each_get_their_own_answer()
    {
        const int Connections = 200;
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        var (process, local) = await relay.ConnectLocalAsync();

        // All are open before the first one may end: each has sent a part, and the service answers only to an end.
        var sockets = new List<Socket>();
        try
        {
            await Task.WhenAll(Enumerable.Range(1, Connections).Select(async size =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                lock (sockets) sockets.Add(socket);
                await socket.ConnectAsync(local);
                await socket.SendAsync(new byte[size]);
            }));
            string[] answers = await Task.WhenAll(sockets.Select(socket => socket.AnswerAsync())).WaitAsync(TimeSpan.FromSeconds(90));
            answers.Order(StringComparer.Ordinal)
                .ShouldBe(Enumerable.Range(1, Connections).Select(size => $"{size} bytes").Order(StringComparer.Ordinal), process.Said + relay.Device.Said);
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    [Fact]
    public async Task A_client_that_ends_its_data_still_reads_the_whole_answer()
    {
        await using var service = new CountingService();
        await using var relay = await RelayScenario.WithDeviceAsync(service.EndPoint);
        var (_, local) = await relay.ConnectLocalAsync();

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(local);
        byte[] sent = new byte[3 * 1024 * 1024];
        for (int at = 0; at < sent.Length;) at += await socket.SendAsync(sent.AsMemory(at));

        (await socket.AnswerAsync().WaitAsync(FastRelayProgram.Patience)).ShouldBe($"{sent.Length} bytes");
    }

    [Fact]
    public async Task A_service_that_is_not_there_breaks_the_connection_and_leaves_the_rest_working()
    {
        IPEndPoint nobody;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            nobody = (IPEndPoint)probe.LocalEndpoint;
        }
        await using var relay = await RelayScenario.WithDeviceAsync(nobody);
        var (process, local) = await relay.ConnectLocalAsync();

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(local);
        (await Should.ThrowAsync<SocketException>(() => socket.ReceiveAsync(new byte[1]).WaitAsync(FastRelayProgram.Patience)))
            .SocketErrorCode.ShouldBe(SocketError.ConnectionReset);

        process.HasExited.ShouldBeFalse();
        await relay.ReachableAsync(FastRelayProgram.Patience);
    }

    private static async Task<CommandResult> CurlAsync(params string[] arguments)
    {
        await using var curl = RunningProcess.Start("curl", ["-sS", "--max-time", "60", .. arguments]);
        int code = await curl.EndAsync(TimeSpan.FromSeconds(70));
        return new CommandResult(code, curl.Output, curl.Errors);
    }
}
