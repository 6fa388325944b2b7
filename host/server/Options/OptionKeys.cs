using System.Net;

namespace FastRelay.Server.Options;

/// <summary>Every key of the configuration, in the order in which it is documented.</summary>
public static class OptionKeys
{
    // A slot has 24 bits of the cid, and the list an eighth more slots than places (SPEC 7.9).
    private const int Most = 14_000_000;
    private static readonly TimeSpan Ms10 = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Ms100 = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>All keys; names are unique.</summary>
    public static IReadOnlyList<OptionKey> All { get; } =
    [
        OptionKey.Text("listen", "ADDR:PORT with a literal IP address, such as 0.0.0.0:7800 or [::]:7800",
            (o, text) => TryEndPoint(text, out var value) && Do(() => o.Listen = value!), o => o.Listen.ToString()),
        OptionKey.Number("shards", o => o.Shards, (o, v) => o.Shards = v, 0, 64),
        OptionKey.Text("http", "ADDR:PORT with a literal IP address, such as 127.0.0.1:7801, or off", SetHttp, o => o.Http?.ToString() ?? "off"),
        OptionKey.Text("data", "a directory's path",
            (o, text) => Do(() => o.DataDirectory = text.Trim()), o => o.DataDirectory, o => IsPath(o.DataDirectory)),
        OptionKey.Text("names", "DNS names or literal IP addresses of at most 253 ASCII characters, at most 32 of them",
            (o, text) => Do(() => o.Names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            o => string.Join(',', o.Names), o => o.Names.Count <= 32 && o.Names.All(IsName), isList: true),
        OptionKey.Word("route", o => o.Route, (o, v) => o.Route = v),
        OptionKey.Word("suites", o => o.Suites, (o, v) => o.Suites = v),

        OptionKey.Duration("heartbeat:interval", o => o.Heartbeat.Interval, (o, v) => o.Heartbeat.Interval = v, Ms100, TimeSpan.FromMilliseconds(409_500)),
        OptionKey.Number("heartbeat:missed", o => o.Heartbeat.Missed, (o, v) => o.Heartbeat.Missed = v, 1, 255),
        OptionKey.Number("heartbeat:ackEvery", o => o.Heartbeat.AckEvery, (o, v) => o.Heartbeat.AckEvery = v, 1, 15),
        OptionKey.Duration("heartbeat:sessionLifetime", o => o.Heartbeat.SessionLifetime, (o, v) => o.Heartbeat.SessionLifetime = v, Second, 30 * Day),
        OptionKey.Number("heartbeat:ticketEpoch", o => o.Heartbeat.TicketEpoch, (o, v) => o.Heartbeat.TicketEpoch = v, 0, int.MaxValue),

        OptionKey.Duration("deadlines:hello", o => o.Deadlines.Hello, (o, v) => o.Deadlines.Hello = v, Ms10, 60 * Second),
        OptionKey.Duration("deadlines:finished", o => o.Deadlines.Finished, (o, v) => o.Deadlines.Finished = v, Ms10, 60 * Second),
        OptionKey.Duration("deadlines:firstMessage", o => o.Deadlines.FirstMessage, (o, v) => o.Deadlines.FirstMessage = v, Ms10, Hour),
        OptionKey.Duration("deadlines:issuerIdle", o => o.Deadlines.IssuerIdle, (o, v) => o.Deadlines.IssuerIdle = v, Ms10, Hour),
        OptionKey.Duration("deadlines:wokenIdle", o => o.Deadlines.WokenIdle, (o, v) => o.Deadlines.WokenIdle = v, Ms10, Hour),
        OptionKey.Duration("deadlines:request", o => o.Deadlines.Request, (o, v) => o.Deadlines.Request = v, Ms100, Hour),
        OptionKey.Duration("deadlines:requestMost", o => o.Deadlines.RequestMost, (o, v) => o.Deadlines.RequestMost = v, Ms100, Hour),
        OptionKey.Duration("deadlines:send", o => o.Deadlines.Send, (o, v) => o.Deadlines.Send = v, Ms10, Hour),
        OptionKey.Duration("deadlines:stop", o => o.Deadlines.Stop, (o, v) => o.Deadlines.Stop = v, Ms10, 10 * 60 * Second),

        OptionKey.Number("limits:devices", o => o.Limits.Devices, (o, v) => o.Limits.Devices = v, 1, Most),
        OptionKey.Number("limits:devicesPerPrefix", o => o.Limits.DevicesPerPrefix, (o, v) => o.Limits.DevicesPerPrefix = v, 1, Most),
        OptionKey.Number("limits:halfOpen", o => o.Limits.HalfOpen, (o, v) => o.Limits.HalfOpen = v, 1, Most),
        OptionKey.Number("limits:halfOpenPerPrefix", o => o.Limits.HalfOpenPerPrefix, (o, v) => o.Limits.HalfOpenPerPrefix = v, 1, Most),
        OptionKey.Number("limits:loadThreshold", o => o.Limits.LoadThreshold, (o, v) => o.Limits.LoadThreshold = v, 0, Most),
        OptionKey.Number("limits:loadThresholdPerPrefix", o => o.Limits.LoadThresholdPerPrefix, (o, v) => o.Limits.LoadThresholdPerPrefix = v, 0, Most),
        OptionKey.Number("limits:handshakesPerPrefix", o => o.Limits.HandshakesPerPrefix, (o, v) => o.Limits.HandshakesPerPrefix = v, 1, Most),
        OptionKey.Number("limits:handshakeBurst", o => o.Limits.HandshakeBurst, (o, v) => o.Limits.HandshakeBurst = v, 1, Most),
        OptionKey.Number("limits:handshakesAtOnce", o => o.Limits.HandshakesAtOnce, (o, v) => o.Limits.HandshakesAtOnce = v, 0, 1_024),
        OptionKey.Number("limits:handshakesWaiting", o => o.Limits.HandshakesWaiting, (o, v) => o.Limits.HandshakesWaiting = v, 4, Most),
        OptionKey.Number("limits:handshakeCapacity", o => o.Limits.HandshakeCapacity, (o, v) => o.Limits.HandshakeCapacity = v, 1, Most),
        OptionKey.Number("limits:refusals", o => o.Limits.Refusals, (o, v) => o.Limits.Refusals = v, 0, Most),
        OptionKey.Number("limits:connections", o => o.Limits.Connections, (o, v) => o.Limits.Connections = v, 1, Most),
        OptionKey.Number("limits:connectionsPerPrefix", o => o.Limits.ConnectionsPerPrefix, (o, v) => o.Limits.ConnectionsPerPrefix = v, 1, Most),
        OptionKey.Number("limits:openRequests", o => o.Limits.OpenRequests, (o, v) => o.Limits.OpenRequests = v, 1, 65_536),
        OptionKey.Number("limits:wakesPerDevice", o => o.Limits.WakesPerDevice, (o, v) => o.Limits.WakesPerDevice = v, 1, 60_000),
        OptionKey.Number("limits:wakesPerIssuer", o => o.Limits.WakesPerIssuer, (o, v) => o.Limits.WakesPerIssuer = v, 1, 60_000),
        OptionKey.Number("limits:devicesPerDestination", o => o.Limits.DevicesPerDestination, (o, v) => o.Limits.DevicesPerDestination = v, 1, 1_000),
        OptionKey.Number("limits:devicesPerIssuer", o => o.Limits.DevicesPerIssuer, (o, v) => o.Limits.DevicesPerIssuer = v, 1, 1_000),
        OptionKey.Number("limits:requestsPerDevice", o => o.Limits.RequestsPerDevice, (o, v) => o.Limits.RequestsPerDevice = v, 1, Most),
        OptionKey.Number("limits:requestBurst", o => o.Limits.RequestBurst, (o, v) => o.Limits.RequestBurst = v, 1, Most),
        OptionKey.Number("limits:descriptors", o => o.Limits.Descriptors, (o, v) => o.Limits.Descriptors = v, 1, Most),
        OptionKey.Number("limits:descriptorsPerPrefix", o => o.Limits.DescriptorsPerPrefix, (o, v) => o.Limits.DescriptorsPerPrefix = v, 1, Most),
        OptionKey.Number("limits:resets", o => o.Limits.Resets, (o, v) => o.Limits.Resets = v, 0, Most),
        OptionKey.Number("limits:resetsPerPrefix", o => o.Limits.ResetsPerPrefix, (o, v) => o.Limits.ResetsPerPrefix = v, 0, Most),
        OptionKey.Number("limits:resumeCapacity", o => o.Limits.ResumeCapacity, (o, v) => o.Limits.ResumeCapacity = v, 1, Most),
        OptionKey.Number("limits:retryAfter", o => o.Limits.RetryAfter, (o, v) => o.Limits.RetryAfter = v, 0, 300),

        OptionKey.Duration("certificate:authorityLifetime", o => o.Certificate.AuthorityLifetime, (o, v) => o.Certificate.AuthorityLifetime = v, Day, 36_500 * Day),
        OptionKey.Duration("certificate:lifetime", o => o.Certificate.Lifetime, (o, v) => o.Certificate.Lifetime = v, 60 * Second, 3_650 * Day),
        OptionKey.Duration("certificate:renewBefore", o => o.Certificate.RenewBefore, (o, v) => o.Certificate.RenewBefore = v, Second, 3_650 * Day),

        OptionKey.Word("log:format", o => o.Log.Format, (o, v) => o.Log.Format = v),
        OptionKey.Word("log:level", o => o.Log.Level, (o, v) => o.Log.Level = v),
    ];

    private static bool Do(Action set)
    {
        set();
        return true;
    }

    private static bool SetHttp(RelayServerOptions options, string text)
    {
        if (text.Trim().Equals("off", StringComparison.OrdinalIgnoreCase)) return Do(() => options.Http = null);
        return TryEndPoint(text, out var value) && Do(() => options.Http = value);
    }

    /// <summary>IPEndPoint.TryParse also takes an address without a port, which would be port 0 by surprise.</summary>
    private static bool TryEndPoint(string text, out IPEndPoint? value)
    {
        text = text.Trim();
        if (!IPEndPoint.TryParse(text, out value)) return false;
        int colon = text.LastIndexOf(':');
        return colon > 0 && (text[0] != '[' ? text.IndexOf(':', StringComparison.Ordinal) == colon : text[colon - 1] == ']');
    }

    private static bool IsPath(string text) => text.Length is > 0 and <= 4096 && !text.Contains('\0', StringComparison.Ordinal);

    private static bool IsName(string text) =>
        IPAddress.TryParse(text, out _) ||
        (text.Length is > 0 and <= 253 && Uri.CheckHostName(text) == UriHostNameType.Dns && text.All(char.IsAscii));
}
