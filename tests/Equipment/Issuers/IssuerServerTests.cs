using System.Net;
using System.Net.Sockets;
using FastRelay.Equipment.Tests.Scripted;
using FastRelay.Protocol;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Equipment.Tests.Issuers;

/// <summary>An issuer whose server isn't the one it should be, or isn't there.</summary>
public sealed class IssuerServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly DeviceId Somebody = new(UInt128.One);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Claim", "7")]
    [Trait("Claim", "22")]
    public async Task A_server_that_is_not_trusted_gets_no_key_and_no_request()
    {
        await using var server = ScriptedServer.Start();
        var signals = new RecordingObserver();
        await using var issuer = Issuer.Create(new IssuerOptions
        {
            Server = server.Address,
            Trust = ServerTrust.Fingerprint(new byte[32]),
            Observer = signals,
        });

        var error = await Should.ThrowAsync<EquipmentException>(issuer.PingAsync(Somebody, Loop.Password, Token).WaitAsync(Patience));

        error.Error.ShouldBe(EquipmentError.TrustRefused);
        signals.All.Select(s => s.Signal).ShouldBe([Signal.Hello, Signal.Certificate]);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_with_its_address()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var issuer = Issuer.Create(new IssuerOptions { Server = new ServerAddress("127.0.0.1", port), Trust = ServerTrust.SystemStore });

        var error = await Should.ThrowAsync<EquipmentException>(issuer.PingAsync(Somebody, Loop.Password, Token).WaitAsync(Patience));

        error.Error.ShouldBe(EquipmentError.Network);
        error.Message.ShouldContain($"127.0.0.1:{port}");
    }
}
