using FastRelay.Engine.Datagrams;
using FastRelay.Protocol;

namespace FastRelay.Server.Devices;

/// <summary>A datagram that came, to this shard's own socket or by way of another shard (<see cref="HandOver"/>).</summary>
internal readonly ref struct Arrival
{
    private readonly DatagramAddress _source;
    private readonly int _index;

    /// <summary>The datagram at an index of a batch.</summary>
    public Arrival(DatagramBatch batch, int index)
    {
        Payload = batch.Payload(index);
        _source = batch.Source(index);
        _index = index;
    }

    /// <summary>One that another shard's socket received.</summary>
    public Arrival(ReadOnlySpan<byte> payload, DatagramAddress source)
    {
        Payload = payload;
        _source = source;
        _index = -1;
    }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Where it came from.</summary>
    public TransportAddress Source => new(_source.Ip, _source.Port);

    /// <summary>The same for the engine.</summary>
    public DatagramAddress Origin => _source;

    /// <summary>Room for its answer, all of which is to be written.</summary>
    public Span<byte> Reply(ref DatagramBatch batch, int length) => _index >= 0 ? batch.Reply(_index, length) : batch.Send(_source, length);
}
