using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Streams;
using FastRelay.Equipment.Devices;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment;

/// <summary>
/// What equipment logs: event ids 2000 to 2999, never reused. No secret, and nothing from the network but addresses and numbers.
/// What a stranger can cause often is at debug level.
/// </summary>
internal static partial class EquipmentLog
{
    [LoggerMessage(2000, LogLevel.Information, "Device {Id} starts; its server is {Server}")]
    public static partial void DeviceStarts(ILogger logger, DeviceId id, ServerAddress server);

    [LoggerMessage(2001, LogLevel.Information, "Registered; the server sees this device at {Observed} and wants a heartbeat every {Interval} s")]
    public static partial void Registered(ILogger logger, TransportAddress observed, double interval);

    [LoggerMessage(2002, LogLevel.Warning, "Not registered: {Problem}")]
    public static partial void RegistrationFailed(ILogger logger, string problem);

    [LoggerMessage(2003, LogLevel.Information, "The session of heartbeats is over: {Cause}")]
    public static partial void SessionOver(ILogger logger, SessionEndCause cause);

    [LoggerMessage(2004, LogLevel.Debug, "A datagram couldn't be sent: {Error}")]
    public static partial void HeartbeatNotSent(ILogger logger, SocketError error);

    [LoggerMessage(2005, LogLevel.Warning, "Woken, but the server wasn't reached: {Problem}")]
    public static partial void WakeFailed(ILogger logger, string problem);

    [LoggerMessage(2006, LogLevel.Debug, "A request was dropped: {Reason}")]
    public static partial void RequestDropped(ILogger logger, RejectReason reason);

    [LoggerMessage(2007, LogLevel.Information, "A request for a connection to {Address} was refused: {Verdict}")]
    public static partial void RequestRefused(ILogger logger, TransportAddress address, Verdict verdict);

    [LoggerMessage(2008, LogLevel.Information, "The issuer at {Address} wasn't reached: {Result}")]
    public static partial void IssuerNotReached(ILogger logger, IPEndPoint address, ConnectResult result);

    [LoggerMessage(2009, LogLevel.Information, "The issuer at {Address} didn't accept the communication")]
    public static partial void NotAccepted(ILogger logger, IPEndPoint address);

    [LoggerMessage(2010, LogLevel.Information, "A connection with the issuer at {Address} starts")]
    public static partial void ConnectionStarts(ILogger logger, IPEndPoint address);

    [LoggerMessage(2011, LogLevel.Error, "The handler of a connection failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(2012, LogLevel.Warning, "The service {Service} isn't reached: {Problem}")]
    public static partial void ServiceUnreachable(ILogger logger, ServerAddress service, string problem);

    [LoggerMessage(2013, LogLevel.Debug, "A carried connection broke: {Problem}")]
    public static partial void ForwardingBroke(ILogger logger, string problem);

    [LoggerMessage(2014, LogLevel.Debug, "The network changed")]
    public static partial void NetworkChanged(ILogger logger);

    [LoggerMessage(2015, LogLevel.Information, "Device {Id} stops")]
    public static partial void DeviceStops(ILogger logger, DeviceId id);

    [LoggerMessage(2016, LogLevel.Error, "The device's own work failed; it goes on")]
    public static partial void Unexpected(ILogger logger, Exception exception);

    [LoggerMessage(2017, LogLevel.Information, "The password was changed; issuers need the new one from now on")]
    public static partial void PasswordChanged(ILogger logger);

    [LoggerMessage(2040, LogLevel.Error, "The observer of signals has failed; it is told of further ones all the same, and this isn't logged again")]
    public static partial void ObserverFailed(ILogger logger, Exception exception);

    [LoggerMessage(2050, LogLevel.Debug, "Connected to the server; it sees this issuer at {Observed}")]
    public static partial void IssuerConnected(ILogger logger, TransportAddress observed);

    [LoggerMessage(2051, LogLevel.Debug, "The connection to the server is over: {Problem}")]
    public static partial void IssuerLinkOver(ILogger logger, string problem);

    [LoggerMessage(2052, LogLevel.Debug, "A connection without a valid communication request was closed: {Reason}")]
    public static partial void StrangerClosed(ILogger logger, RejectReason reason);

    [LoggerMessage(2060, LogLevel.Information, "Back by ticket; the server sees this device at {Observed}")]
    public static partial void Resumed(ILogger logger, TransportAddress observed);

    [LoggerMessage(2061, LogLevel.Information, "Nobody answered the ticket; the device registers anew")]
    public static partial void NotResumed(ILogger logger);

    [LoggerMessage(2062, LogLevel.Warning, "The server is full; the device comes back with its ticket later")]
    public static partial void ResumeRefused(ILogger logger);

    [LoggerMessage(2063, LogLevel.Warning, "The ticket can't be kept, so that a device started anew has to register: {Problem}")]
    public static partial void TicketNotKept(ILogger logger, string problem);
}
