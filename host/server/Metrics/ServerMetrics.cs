using System.Diagnostics.Metrics;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Limits;

namespace FastRelay.Server.Metrics;

/// <summary>The names under which <see cref="ServerCounters"/> are published. No label holds anything that came from the network.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name, for whoever exports by other means.</summary>
    public const string MeterName = "FastRelay.Server";

    private readonly Histogram<double> _wait;

    public ServerMetrics(ServerCounters counters, Func<int> connections, Func<int> halfOpen, Func<int> handshakesWaiting, Func<long> kernelDropped)
    {
        Meter = new Meter(MeterName);
        Total("fastrelay_connections_refused_total", "TCP connections refused before their handshake.", () => counters.ConnectionsRefused);
        Total("fastrelay_handshakes_completed_total", "Handshakes completed.", () => counters.Handshakes);
        Total("fastrelay_handshakes_failed_total", "Handshakes that ended before both Finished.", () => counters.HandshakesFailed);
        Labelled("fastrelay_handshakes_refused_total", "Handshakes refused under load.", "reason", Enum.GetValues<HandshakeRefusal>(), counters.HandshakesRefused);
        Now("fastrelay_handshakes_waiting", "Handshakes that wait for their turn.", () => handshakesWaiting());
        Total("fastrelay_datagrams_kernel_dropped_total", "Datagrams that the kernel dropped for want of room in a socket's buffer.", kernelDropped);
        Total("fastrelay_retries_sent_total", "RETRY messages sent under load.", () => counters.Retries);
        Total("fastrelay_hello_tickets_known_total", "HELLOs that showed a good ticket.", () => counters.TicketsKnown);
        Total("fastrelay_hello_tickets_refused_total", "HELLOs whose ticket or binder was not good.", () => counters.TicketsRefused);
        Total("fastrelay_heartbeats_total", "Valid heartbeats.", () => counters.Heartbeats);
        Total("fastrelay_acks_sent_total", "ACK datagrams sent.", () => counters.Acks);
        Total("fastrelay_wakes_total", "Wakes started.", () => counters.Wakes);
        Total("fastrelay_wake_datagrams_sent_total", "WAKE datagrams sent, repetitions included.", () => counters.WakeDatagrams);
        Total("fastrelay_fast_datagrams_sent_total", "CONNECT2_FAST datagrams sent, repetitions included.", () => counters.FastDatagrams);
        Total("fastrelay_resets_sent_total", "RESET datagrams sent.", () => counters.Resets);
        Total("fastrelay_resets_withheld_total", "RESET datagrams that a limit withheld.", () => counters.ResetsWithheld);
        Total("fastrelay_datagrams_handed_over_total", "Datagrams that one shard received for another.", () => counters.HandOvers);
        Total("fastrelay_datagrams_hand_over_dropped_total", "The same that found no room and were dropped.", () => counters.HandOversDropped);
        Now("fastrelay_devices_registered", "Devices that hold a session.", () => counters.Devices);
        Now("fastrelay_devices_online", "Devices whose heartbeats come.", () => counters.Online);
        Now("fastrelay_sessions_pending", "Sessions that a RESUME has made and no heartbeat has confirmed yet.", () => counters.PendingSessions);
        Now("fastrelay_requests_open", "Connection requests that wait for their device.", () => counters.OpenRequests);
        Now("fastrelay_connections_open", "TCP connections.", () => connections());
        Now("fastrelay_connections_half_open", "TCP connections that haven't finished their handshake.", () => halfOpen());
        Labelled("fastrelay_stream_rejects_total", "Frames and messages not taken.", "reason", Rejects, counters.StreamRejects);
        Labelled("fastrelay_datagram_rejects_total", "Datagrams not taken.", "reason", Rejects, counters.DatagramRejects);
        Labelled("fastrelay_resume_rejects_total", "RESUME datagrams not taken.", "reason", Rejects, counters.ResumeRejects);
        Labelled("fastrelay_resumes_total", "Authentic RESUMEs, and the sessions that came of them.", "outcome", Enum.GetValues<ResumeOutcome>(), counters.Resumes);
        Labelled("fastrelay_results_total", "Answers to connection requests.", "status", Enum.GetValues<ResultStatus>(), counters.Results);
        Labelled("fastrelay_registrations_total", "Answers to registrations.", "status", Enum.GetValues<RegisterStatus>(), counters.Registrations);
        _wait = Meter.CreateHistogram(
            "fastrelay_request_wait_seconds", "s", "From a connection request to its answer.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });
    }

    /// <summary>This server's own meter.</summary>
    public Meter Meter { get; }

    private static RejectReason[] Rejects => [.. Enum.GetValues<RejectReason>().Where(r => r != RejectReason.None)];

    /// <summary>A request was answered after this time.</summary>
    public void RequestAnswered(TimeSpan waited) => _wait.Record(waited.TotalSeconds);

    public void Dispose() => Meter.Dispose();

    private void Total(string name, string help, Func<long> read) => Meter.CreateObservableCounter(name, read, description: help);

    private void Now(string name, string help, Func<long> read) => Meter.CreateObservableGauge(name, read, description: help);

    private void Labelled<T>(string name, string help, string label, T[] values, Func<T, long> read)
        where T : struct, Enum
    {
        var tags = values.Select(v => (v, KeyValuePair.Create<string, object?>(label, v.ToString()))).ToArray();
        Meter.CreateObservableCounter(name, () => tags.Select(t => new Measurement<long>(read(t.v), t.Item2)), description: help);
    }
}
