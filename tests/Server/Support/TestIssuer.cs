using System.Net;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Tests.Support;

/// <summary>An issuer made of the protocol library alone. What it seals is random: the server can't tell.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private uint _ref;

    private TestIssuer(TestConnection connection) => Connection = connection;

    public TestConnection Connection { get; }

    public static async Task<TestIssuer> OpenAsync(TestServer server, IPAddress? from = null) =>
        new(await TestConnection.OpenAsync(server, ConnectionRole.Issuer, from: from));

    /// <summary>Sends CONNECT1.</summary>
    /// <returns>Its ref.</returns>
    public async Task<uint> AskAsync(DeviceId device, byte[]? e2e1 = null, int timeoutTenths = 0, TransportAddress? address = null, uint? reference = null)
    {
        uint chosen = reference ?? ++_ref;
        await Connection.SendAsync(InnerType.Connect1, Content(chosen, device, e2e1, timeoutTenths, address));
        return chosen;
    }

    public byte[] Content(uint reference, DeviceId device, byte[]? e2e1, int timeoutTenths, TransportAddress? address)
    {
        var request = new Connect1
        {
            Ref = reference,
            Timeout = (ushort)timeoutTenths,
            Device = device,
            Address = address ?? Connection.Observed,
            E2E1 = e2e1 ?? RandomNumberGenerator.GetBytes(Connect1.MinE2E1),
        };
        byte[] content = new byte[request.Size];
        request.Write(content);
        return content;
    }

    public async Task<IssuerResult> ResultAsync() => IssuerResult.Parse(await Connection.ReceiveAsync(InnerType.Result));

    public async Task<IssuerResult> AskAndHearAsync(DeviceId device, int timeoutTenths = 0)
    {
        uint reference = await AskAsync(device, timeoutTenths: timeoutTenths);
        var result = await ResultAsync();
        result.Ref.ShouldBe(reference);
        return result;
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
