using System.Collections.Concurrent;
using FastRelay.Engine.Streams;
using FastRelay.Equipment.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// What the device does with a second connection request, whichever way it came (claims 8 to 11).
/// <code>
/// 1. the gate decides: password, address, time (SPEC 8.3)    before any packet to the issuer
/// 2. ANSWER goes back                                        the caller, on the way the request came
/// 3. dial, at most twice in 3 s (SPEC 8.5)
/// 4. COMMREQ, then wait for ACCEPT, 10 s (SPEC 9.3, 9.5)
/// 5. the handler gets the stream; the connection is closed after it
/// </code>
/// </summary>
internal sealed class RequestServer(
    DeviceId device, RequestGate gate, DeviceOptions options, TimeProvider time, IEntropy entropy, SignalReporter signals, ILogger logger) : IAsyncDisposable
{
    private const int MaxDials = 2;
    private static readonly TimeSpan DialTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AcceptTime = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, Task> _serving = new();
    private int _connections;
    private long _serial;

    /// <summary>Connections being dialled or served.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Step 1. Refused, dropped or repeated requests end here; what is accepted is given to <see cref="Serve"/> after the answer was sent.</summary>
    /// <param name="content">The content of a CONNECT2.</param>
    /// <returns>Null when it isn't one.</returns>
    public RequestDecision? Decide(ReadOnlySpan<byte> content)
    {
        var reason = Connect2.TryParse(content, out var request);
        if (reason != RejectReason.None)
        {
            EquipmentLog.RequestDropped(logger, reason);
            return null;
        }
        bool hasRoom = Interlocked.Increment(ref _connections) <= options.MaxConnections;
        var decision = gate.Decide(request, (long)time.GetElapsedTime(0).TotalMilliseconds, time.GetUtcNow(), hasRoom);
        if (decision.Outcome != RequestOutcome.Accepted) Interlocked.Decrement(ref _connections);
        if (decision.PasswordCompared) signals.Received(Signal.PasswordChecked, ConnectionRole.None, 0, request.Address.ToIPEndPoint());
        if (decision.Outcome == RequestOutcome.Dropped) EquipmentLog.RequestDropped(logger, decision.Reason);
        if (decision.Outcome == RequestOutcome.Refused) EquipmentLog.RequestRefused(logger, request.Address, decision.Verdict!.Value);
        return decision;
    }

    /// <summary>Steps 3 to 5, in the background. Takes over the decision's session.</summary>
    public void Serve(RequestDecision decision)
    {
        if (decision.Outcome != RequestOutcome.Accepted) return;
        long serial = Interlocked.Increment(ref _serial);
        var serving = Task.Run(async () =>
        {
            try
            {
                using var session = decision.Session!;
                await ServeAsync(session, decision.Address);
            }
            finally
            {
                Interlocked.Decrement(ref _connections);
            }
        });
        _serving[serial] = serving;
        _ = serving.ContinueWith(_ => _serving.TryRemove(serial, out Task? _), TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_serving.Values);
        _stopping.Dispose();
    }

    private async Task ServeAsync(DeviceSession session, TransportAddress address)
    {
        try
        {
            var connection = await DialAsync(address);
            if (connection is null) return;
            var stream = await CommunicateAsync(session, connection);
            if (stream is not null) await HandAsync(stream);
        }
        catch (OperationCanceledException)
        {
            // The device stops.
        }
#pragma warning disable CA1031 // one connection must not end the device's work
        catch (Exception e)
        {
            EquipmentLog.Unexpected(logger, e);
        }
#pragma warning restore CA1031
    }

    private async Task<StreamConnection?> DialAsync(TransportAddress address)
    {
        var issuer = address.ToIPEndPoint();
        long started = time.GetTimestamp();
        var result = ConnectResult.Failed;
        for (int attempt = 0; attempt < MaxDials; attempt++)
        {
            var left = DialTime - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) break;
            var outcome = await StreamConnector.ConnectAsync(issuer, new StreamConnectOptions
            {
                Timeout = left / (MaxDials - attempt),
                TimeProvider = time,
                Pool = RelayBuffers.Pool,
                MaxUnreadBytes = RelayBuffers.MaxWaitingBytes,
                MaxUnsentBytes = RelayBuffers.MaxWaitingBytes,
            }, _stopping.Token);
            if (outcome.IsConnected) return outcome.Connection;
            result = outcome.Result;
        }
        EquipmentLog.IssuerNotReached(logger, issuer, result);
        return null;
    }

    private async Task<RelayStream?> CommunicateAsync(DeviceSession session, StreamConnection connection)
    {
        int size = session.WriteCommReq(entropy, connection.Output.GetSpan(CommReq.Size), out var channel);
        connection.Output.Advance(size);
        var stream = new RelayStream(connection, channel, device, signals, time);
        bool accepted = false;
        try
        {
            connection.SetDeadline(AcceptTime);
            signals.Sent(Signal.CommunicationRequest, ConnectionRole.None, size, connection.RemoteAddress);
            await connection.Output.FlushAsync(_stopping.Token);
            accepted = await stream.ReceiveAcceptAsync(_stopping.Token);
            connection.ClearDeadline();
        }
        finally
        {
            if (!accepted)
            {
                stream.Abort();
                await stream.DisposeAsync();
            }
        }
        if (accepted) return stream;
        EquipmentLog.NotAccepted(logger, connection.RemoteAddress);
        return null;
    }

    private async Task HandAsync(RelayStream stream)
    {
        EquipmentLog.ConnectionStarts(logger, stream.RemoteEndPoint);
        try
        {
            await options.OnConnection(stream, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            stream.Abort();
        }
#pragma warning disable CA1031 // the handler is the user's: whatever it throws ends its connection and nothing else
        catch (Exception e)
        {
            EquipmentLog.HandlerFailed(logger, e);
            stream.Abort();
        }
#pragma warning restore CA1031
        finally
        {
            await stream.DisposeAsync();
        }
    }
}
