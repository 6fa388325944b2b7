using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Equipment;

/// <summary>
/// Carries an accepted connection to a TCP service near the device, for example sshd on 127.0.0.1:22. Either side may end its data first
/// (half-close); a side that breaks breaks the other.
/// </summary>
/// <example>
/// <code>
/// var forwarder = new ServiceForwarder(ServerAddress.Parse("127.0.0.1:22"));
/// var options = new DeviceOptions { Server = server, Trust = trust, DataDirectory = "data", OnConnection = forwarder.ServeAsync };
/// </code>
/// </example>
public sealed class ServiceForwarder
{
    private readonly ServerAddress _service;
    private readonly TimeSpan _connectTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Makes a forwarder.</summary>
    /// <param name="service">Where the service listens.</param>
    /// <param name="connectTimeout">How long its connection may take; null: 10 s.</param>
    /// <param name="logger">Null for none.</param>
    /// <param name="time">Null for the system's clock.</param>
    public ServiceForwarder(ServerAddress service, TimeSpan? connectTimeout = null, ILogger<ServiceForwarder>? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        _service = service;
        _connectTimeout = connectTimeout ?? TimeSpan.FromSeconds(10);
        _logger = (ILogger?)logger ?? NullLogger.Instance;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Carries one connection until both sides have ended their data, one side broke, or the token is cancelled. Throws only for the last.</summary>
    public async Task ServeAsync(RelayStream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var service = await DialAsync(cancellationToken);
        if (service is null)
        {
            stream.Abort();
            return;
        }
        if (await SocketForwarding.RunAsync(stream, service, cancellationToken) is { } broken)
            EquipmentLog.ForwardingBroke(_logger, broken.GetType().Name);
    }

    private async Task<Socket?> DialAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_connectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            SocketError error = SocketError.HostNotFound;
            foreach (var endPoint in await _service.ResolveAsync(either.Token))
            {
                var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(endPoint, either.Token);
                    return socket;
                }
                catch (SocketException e)
                {
                    error = e.SocketErrorCode;
                    socket.Dispose();
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }
            EquipmentLog.ServiceUnreachable(_logger, _service, error.ToString());
        }
        catch (EquipmentException e)
        {
            EquipmentLog.ServiceUnreachable(_logger, _service, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            EquipmentLog.ServiceUnreachable(_logger, _service, "no answer in time");
        }
        return null;
    }
}
