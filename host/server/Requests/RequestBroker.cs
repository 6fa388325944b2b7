using FastRelay.Protocol;
using FastRelay.Server.Devices;
using FastRelay.Server.Options;

namespace FastRelay.Server.Requests;

/// <summary>
/// Takes a request to its device and brings the answer back. The way of one request: limits → look-up → route → answer or the
/// next route → outcome. Thread-safe.
/// </summary>
internal sealed class RequestBroker(
    IDevicePlane plane, PendingRequests pending, WokenDevices woken, FanOutLimits fanOut, RelayServerOptions options, TimeProvider time)
{
    /// <summary>Seconds after which a device may be woken again: the wakes of a minute come back one by one.</summary>
    private int WakeRetrySeconds => Math.Max(1, 60 / options.Limits.WakesPerDevice);

    /// <summary>Asks the device.</summary>
    /// <param name="request">The request; its CONNECT2 carries the address and the sealed part of CONNECT1.</param>
    /// <param name="issuer">The issuer's address as observed, which is where the device will dial.</param>
    /// <param name="patience">How long to wait for the device.</param>
    /// <param name="cancellation">The issuer is gone.</param>
    /// <exception cref="OperationCanceledException">The issuer is gone.</exception>
    public async Task<IssuerAnswer> AskAsync(PendingRequest request, TransportAddress issuer, TimeSpan patience, CancellationToken cancellation)
    {
        long started = time.GetTimestamp();
        // Before the look-up, so that the limit doesn't tell whether the device exists.
        if (!fanOut.TryAdmit(request.Device, issuer, out int retryAfter)) return IssuerAnswer.Limited(retryAfter);
        var found = await plane.FindAsync(request.Device);
        if (found.Presence == DevicePresence.Away) return IssuerAnswer.Unavailable;
        if (found.Address.Ip == issuer.Ip) request.MarkSamePublic();

        pending.Add(request);
        try
        {
            var routes = RoutePlan.Of(options.Route, found.Presence, request.Content.Length);
            bool limited = false;
            int wakeRetry = WakeRetrySeconds;
            for (int i = 0; i < routes.Count; i++)
            {
                (var start, int retrySeconds) = await StartAsync(routes[i], request, issuer, patience - time.GetElapsedTime(started));
                limited |= start == WakeStart.Limited;
                if (retrySeconds > 0) wakeRetry = retrySeconds;
                if (start != WakeStart.Started) continue;
                limited = false;
                var part = RoutePlan.PatienceFor(routes[i], isLast: i == routes.Count - 1, patience - time.GetElapsedTime(started));
                if (await request.WaitAsync(part, time, cancellation) is { } answer) return IssuerAnswer.Of(answer);
            }
            // The last route couldn't be started, an earlier one may still bring the answer.
            if (!limited && await request.WaitAsync(patience - time.GetElapsedTime(started), time, cancellation) is { } late) return IssuerAnswer.Of(late);
            return limited ? IssuerAnswer.Limited(wakeRetry) : IssuerAnswer.NoAnswer;
        }
        finally
        {
            pending.Remove(request);
            plane.CallOffFast(request.Device, request.Id);
            if (woken.Leave(request) is not 0 and var wakeId) plane.CallOffWake(request.Device, wakeId);
        }
    }

    private async ValueTask<(WakeStart Start, int RetrySeconds)> StartAsync(Route route, PendingRequest request, TransportAddress issuer, TimeSpan ttl)
    {
        if (route == Route.P4) return await StartP4Async(request, issuer, ttl);
        plane.SendFast(request.Device, request.Id, request.Content);
        return (WakeStart.Started, 0);
    }

    /// <summary>Over the connection that the device has open, or by waking it.</summary>
    private async ValueTask<(WakeStart Start, int RetrySeconds)> StartP4Async(PendingRequest request, TransportAddress issuer, TimeSpan ttl)
    {
        var (connection, wakeId, startsWake) = woken.Join(request);
        if (connection is not null)
        {
            if (await connection.SendAsync(request)) return (WakeStart.Started, 0);
            woken.Depart(request.Device, connection);
            woken.Leave(request);
            (_, wakeId, startsWake) = woken.Join(request);
        }
        if (!startsWake) return (WakeStart.Started, 0);
        bool hasShare = fanOut.TryTakeWake(request.Device, issuer, out int retrySeconds);
        var start = hasShare ? await plane.WakeAsync(request.Device, wakeId, ttl) : WakeStart.Limited;
        if (start != WakeStart.Started) woken.WakeFailed(request.Device, wakeId);
        return (start, retrySeconds);
    }
}
