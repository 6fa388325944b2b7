using BenchmarkDotNet.Attributes;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;

namespace FastRelay.Bench.Heartbeats;

/// <summary>A ticket (SPEC 7.9) as a server's shard seals and opens it: with what it has at hand, under the present key of the ring.</summary>
public class TicketKeysBenchmarks
{
    private const uint Now = 1_000_000;
    private readonly TicketKeys _ring = TicketKeys.Create(epoch: 0, Now, SystemEntropy.Instance);
    private readonly IPacketAead _aead = WorkerAead.Create(events: null);
    private readonly BufferedEntropy _entropy = new(SystemEntropy.Instance);
    private readonly byte[] _key = new byte[ResumeKeys.KeySize];
    private readonly byte[] _ticket = new byte[Ticket.Size];
    private readonly byte[] _sealed = new byte[Ticket.Size];
    private readonly byte[] _room = new byte[Ticket.ContentSize];

    [GlobalSetup]
    public void SetUp()
    {
        Seal();
        _ticket.CopyTo(_sealed, 0);
    }

    [Benchmark]
    public void Seal() => _ring.Seal(
        new Ticket
        {
            Device = new DeviceId(1),
            AuthKey = _key,
            RootKey = _key,
            RegisteredIp = 1,
            Record = 1,
            IssuedAt = Now,
            ExpiresAt = Now + 1000,
        },
        _ticket, _aead, _entropy);

    [Benchmark]
    public RejectReason TryOpen() => _ring.TryOpen(_sealed, Now, _aead, _room, out _);
}
