using FastRelay.Protocol;
using FastRelay.Server.Devices;
using FastRelay.Server.Limits;
using FastRelay.Server.Logging;
using FastRelay.Server.Metrics;
using FastRelay.Server.Options;
using FastRelay.Server.Requests;

namespace FastRelay.Server.Connections;

/// <summary>What issuers' connections are served with.</summary>
internal sealed record IssuerRole(
    IDevicePlane Plane, RequestBroker Broker, DescriptorPace Pace, RelayServerOptions Options, ServerCounters Counters, ServerMetrics Metrics, ServerEvents Events,
    IEntropy Entropy, TimeProvider Time)
{
    /// <summary>Runs an issuer's connection (role 1) to its end.</summary>
    public Task RunAsync(SecureConnection connection) => new IssuerSession(this, connection).RunAsync();
}
