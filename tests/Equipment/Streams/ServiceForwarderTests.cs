using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRelay.Equipment.Tests.Scripted;

namespace FastRelay.Equipment.Tests.Streams;

/// <summary>A device that carries its connections to a TCP service.</summary>
public sealed class ServiceForwarderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_service_sees_the_issuers_end_and_may_answer_after_it()
    {
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        await using var loop = Loop.Start();
        loop.OnConnection = Forwarder(service).ServeAsync;
        var (stream, _) = await loop.ConnectAsync();
        byte[] question = RandomNumberGenerator.GetBytes(200_000);
        var serving = Task.Run(async () =>
        {
            using var client = await service.AcceptTcpClientAsync();
            using var heard = new MemoryStream();
            await client.GetStream().CopyToAsync(heard); // to the issuer's end
            await client.GetStream().WriteAsync(SHA256.HashData(heard.ToArray()));
        });

        await stream.WriteAsync(question);
        await stream.CompleteWritesAsync();
        var answer = new MemoryStream();
        await stream.CopyToAsync(answer).WaitAsync(Patience);
        await serving;

        answer.ToArray().ShouldBe(SHA256.HashData(question));
    }

    [Fact]
    public async Task A_service_that_ends_first_still_hears_the_issuer()
    {
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        await using var loop = Loop.Start();
        loop.OnConnection = Forwarder(service).ServeAsync;
        var (stream, _) = await loop.ConnectAsync();
        using var client = await service.AcceptTcpClientAsync().WaitAsync(Patience);

        var plain = client.GetStream();
        client.Client.Shutdown(SocketShutdown.Send);
        (await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience)).ShouldBe(0);
        await stream.WriteAsync(new byte[] { 1, 2, 3 });
        await stream.CompleteWritesAsync();

        var heard = new MemoryStream();
        await plain.CopyToAsync(heard).WaitAsync(Patience);
        heard.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_service_that_breaks_breaks_the_connection()
    {
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        await using var loop = Loop.Start();
        loop.OnConnection = Forwarder(service).ServeAsync;
        var (stream, device) = await loop.ConnectAsync();
        var client = await service.AcceptSocketAsync().WaitAsync(Patience);
        client.Close(timeout: 0); // RST

        await Should.ThrowAsync<IOException>(async () => await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        await Emptied(device);
    }

    [Fact]
    public async Task An_issuer_that_breaks_breaks_the_services_connection()
    {
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        await using var loop = Loop.Start();
        loop.OnConnection = Forwarder(service).ServeAsync;
        var (stream, device) = await loop.ConnectAsync();
        using var client = await service.AcceptTcpClientAsync().WaitAsync(Patience);

        stream.Abort();

        await Should.ThrowAsync<IOException>(async () => await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        await Emptied(device);
    }

    [Fact]
    public async Task A_service_that_is_not_there_breaks_the_connection()
    {
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        var forwarder = Forwarder(service);
        service.Stop();
        await using var loop = Loop.Start();
        loop.OnConnection = forwarder.ServeAsync;
        var (stream, device) = await loop.ConnectAsync();

        await Should.ThrowAsync<IOException>(async () => await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        await Emptied(device);
    }

    private static ServiceForwarder Forwarder(TcpListener service) => new(new ServerAddress("127.0.0.1", ((IPEndPoint)service.LocalEndpoint).Port));

    private static async Task Emptied(Device device)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (device.Status.Connections != 0) await Task.Delay(1, patience.Token);
    }
}
