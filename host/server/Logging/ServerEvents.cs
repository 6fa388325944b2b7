using System.Net;
using FastRelay.Engine.Files;
using FastRelay.Protocol;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Limits;
using Microsoft.Extensions.Logging;

namespace FastRelay.Server.Logging;

/// <summary>
/// The server's log, event ids 1000 to 1999. What a peer can cause is rate-limited and says how many were withheld; of peers there is
/// nothing in it but their address, which the kernel tells, and our own words for what was wrong.
/// </summary>
internal sealed partial class ServerEvents(ILogger logger, TimeProvider time)
{
    private readonly LogGate _refused = new(time);
    private readonly LogGate _handshakes = new(time);
    private readonly LogGate _failures = new(time, perSecond: 10);

    [LoggerMessage(1000, LogLevel.Information, "The server listens on {EndPoint}, TCP and UDP; trust {Fingerprint}")]
    public partial void Started(IPEndPoint endPoint, string fingerprint);

    [LoggerMessage(1001, LogLevel.Information, "Health, readiness and metrics are at http://{EndPoint}")]
    public partial void HttpStarted(IPEndPoint endPoint);

    [LoggerMessage(1002, LogLevel.Information, "The server stops: {Connections} connections are told")]
    public partial void Stopping(int connections);

    [LoggerMessage(1003, LogLevel.Information, "The server has stopped")]
    public partial void Stopped();

    [LoggerMessage(1004, LogLevel.Warning, "{Connections} connections didn't end in time and are reset")]
    public partial void ConnectionsReset(int connections);

    [LoggerMessage(1005, LogLevel.Information, "The server certificate holds until {NotAfter:yyyy-MM-dd HH:mm}Z")]
    public partial void CertificateLoaded(DateTimeOffset notAfter);

    [LoggerMessage(1006, LogLevel.Information, "The server certificate was renewed and holds until {NotAfter:yyyy-MM-dd HH:mm}Z")]
    public partial void CertificateRenewed(DateTimeOffset notAfter);

    [LoggerMessage(1007, LogLevel.Error, "The server certificate can't be renewed; it holds until {NotAfter:yyyy-MM-dd HH:mm}Z")]
    public partial void CertificateNotRenewed(Exception exception, DateTimeOffset notAfter);

    [LoggerMessage(1008, LogLevel.Warning, "The certificate authority ends at {NotAfter:yyyy-MM-dd HH:mm}Z: make a new one and give clients its fingerprint")]
    public partial void AuthorityEnds(DateTimeOffset notAfter);

    [LoggerMessage(1009, LogLevel.Critical, "The datagram loop has died; the server can't go on")]
    public partial void DatagramsDied(Exception exception);

    [LoggerMessage(1010, LogLevel.Critical, "Accepting connections has failed; the server can't go on")]
    public partial void AcceptingDied(Exception exception);

    [LoggerMessage(1011, LogLevel.Information, "Heartbeats are checked with the platform's AES-GCM, which allocates when many devices take turns: {Reason}")]
    public partial void PlatformAead(string reason);

    [LoggerMessage(1030, LogLevel.Information, "Datagrams are sealed and checked by {Implementation}")]
    public partial void AeadChosen(string implementation);

    public void DescriptorNotWritten(RecordWriteStatus status)
    {
        if (_failures.TryEnter(out long withheld)) NotWritten(status, withheld);
    }

    [LoggerMessage(1040, LogLevel.Information, "Handshakes are computed with the platform's cryptography, which takes the processor longer: {Reason}")]
    public partial void PlatformHandshakes(string reason);

    [LoggerMessage(1050, LogLevel.Information, "A new ticket key was made; {Keys} are kept")]
    public partial void TicketKeysRotated(int keys);

    [LoggerMessage(1051, LogLevel.Error, "The ticket key can't be replaced; the present one goes on and it is tried again within the hour")]
    public partial void TicketKeysNotRotated(Exception exception);

    public void ConnectionRefused(TransportAddress peer, AdmissionVerdict verdict)
    {
        if (_refused.TryEnter(out long withheld)) Refused(peer, verdict, withheld);
    }

    public void HandshakeFailed(TransportAddress peer, RejectReason reason)
    {
        if (logger.IsEnabled(LogLevel.Debug) && _handshakes.TryEnter(out long withheld)) Failed(peer, reason, withheld);
    }

    public void ConnectionFailed(Exception exception)
    {
        if (_failures.TryEnter(out long withheld)) Fault(exception, withheld);
    }

    [LoggerMessage(1020, LogLevel.Error, "A descriptor can't be written ({Status}); its device is told that the server is full ({Withheld} more faults since the last such line)")]
    private partial void NotWritten(RecordWriteStatus status, long withheld);

    public void ObserverFailed(Exception exception)
    {
        if (_failures.TryEnter(out long withheld)) ObserverFault(exception, withheld);
    }

    [LoggerMessage(1103, LogLevel.Error, "The observer of signals has failed; it is told of further ones all the same ({Withheld} more since the last such line)")]
    private partial void ObserverFault(Exception exception, long withheld);

    [LoggerMessage(1100, LogLevel.Warning, "A connection from {Peer} was refused: {Verdict} ({Withheld} more since the last such line)")]
    private partial void Refused(TransportAddress peer, AdmissionVerdict verdict, long withheld);

    [LoggerMessage(1101, LogLevel.Debug, "A handshake with {Peer} failed: {Reason} ({Withheld} more since the last such line)")]
    private partial void Failed(TransportAddress peer, RejectReason reason, long withheld);

    [LoggerMessage(1102, LogLevel.Error, "A connection ended by a fault of the server ({Withheld} more since the last such line)")]
    private partial void Fault(Exception exception, long withheld);
}
