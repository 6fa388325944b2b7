using System.Diagnostics;
using System.Threading.Channels;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Cli.Demo;

/// <summary>
/// Collects what the three parties report and hands it on in order. The observers are called on the parties' own threads, so they only
/// take the time and queue; printing is somebody else's.
/// </summary>
internal sealed class SignalTrace
{
    private readonly Channel<TracedSignal> _signals = Channel.CreateUnbounded<TracedSignal>(new UnboundedChannelOptions { SingleReader = true });
    private int _dials;

    /// <summary>Communication requests that the device has sent.</summary>
    public int Dials => Volatile.Read(ref _dials);

    /// <summary>An observer for one party.</summary>
    public ISignalObserver For(Party party) => new Observer(this, party);

    /// <summary>What was reported, as it comes, until <see cref="Complete"/>.</summary>
    public IAsyncEnumerable<TracedSignal> ReadAllAsync() => _signals.Reader.ReadAllAsync();

    /// <summary>Nothing more is of interest.</summary>
    public void Complete() => _signals.Writer.TryComplete();

    private void Add(Party party, in SignalEvent signal)
    {
        if (signal is { Signal: Signal.CommunicationRequest, Sent: true }) Interlocked.Increment(ref _dials);
        _signals.Writer.TryWrite(new TracedSignal(Stopwatch.GetTimestamp(), party, signal));
    }

    private sealed class Observer(SignalTrace trace, Party party) : ISignalObserver
    {
        public void OnSignal(in SignalEvent signal) => trace.Add(party, signal);
    }
}
