using System.Net;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Tracing;
using FastRelay.Server.Options;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Server.Tests.Support;

/// <summary>A running server on loopback, with a data directory of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly bool _ownsData;

    private TestServer(RelayServer relay, string data, bool ownsData, TimeProvider time)
    {
        Relay = relay;
        Data = data;
        _ownsData = ownsData;
        Time = time;
    }

    public RelayServer Relay { get; }

    public string Data { get; }

    public TimeProvider Time { get; }

    public IPEndPoint EndPoint => Relay.EndPoint;

    public static async Task<TestServer> StartAsync(
        Action<RelayServerOptions>? configure = null, TimeProvider? time = null, string? data = null, ISignalObserver? observer = null,
        ILoggerFactory? logs = null, IEntropy? entropy = null)
    {
        string path = data ?? Path.Combine(Path.GetTempPath(), $"fastrelay-server-{Guid.NewGuid():N}");
        var options = new RelayServerOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Http = null, DataDirectory = path };
        configure?.Invoke(options);
        var relay = await RelayServer.StartAsync(options, logs ?? NullLoggerFactory.Instance, time, observer, entropy);
        return new TestServer(relay, path, data is null, time ?? TimeProvider.System);
    }

    /// <summary>A server that somebody else started and stops.</summary>
    public static TestServer Around(RelayServer relay, string data) => new(relay, data, ownsData: false, TimeProvider.System);

    /// <summary>What clients of this server demand of its certificate.</summary>
    public CertificatePolicy Policy() => new(TrustAnchors.TryParseFingerprint(Relay.TrustFingerprint)!, IPAddress.Loopback.ToString());

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        if (_ownsData) Directory.Delete(Data, recursive: true);
    }
}
