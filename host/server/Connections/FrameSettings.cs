using FastRelay.Engine.Streams;
using FastRelay.Server.Metrics;

namespace FastRelay.Server.Connections;

/// <summary>What all <see cref="FrameStream"/>s of a server share.</summary>
/// <param name="Time">The clock.</param>
/// <param name="SendPatience">How long a peer may take to read what is sent to it.</param>
/// <param name="Counters">Where refusals are counted.</param>
internal sealed record FrameSettings(TimeProvider Time, TimeSpan SendPatience, ServerCounters Counters)
{
    /// <summary>Where the patience of all reads is kept, behind one timer.</summary>
    public StreamDeadlines Deadlines { get; } = StreamDeadlines.Of(Time);
}
