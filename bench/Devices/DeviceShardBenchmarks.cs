using System.Net;
using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Engine.Datagrams;
using FastRelay.Engine.Tables;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Crypto;
using FastRelay.Server.Devices;
using FastRelay.Server.Limits;
using FastRelay.Server.Logging;
using FastRelay.Server.Metrics;
using FastRelay.Server.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Bench.Devices;

/// <summary>
/// The whole step from a batch of heartbeats to the batch of their ACKs, with the server's own objects and without a kernel: parse, slot,
/// window, tag, binding, presence, ACK. Each heartbeat needs a fresh counter, so its sealing by the device is in the figure;
/// <see cref="Seal_alone"/> is what to take off.
/// </summary>
public class DeviceShardBenchmarks
{
    private const int Batch = 64;

    // So much room that no two keys push each other out, wherever their random bytes put them: HeartbeatBenchmarks has the other case.
    private const int Keys = 64 * Batch;

    private readonly PlatformPacketAead _devicesAead = new(Keys);
    private readonly DeviceParty _party = new();
    private readonly byte[][] _keys = new byte[Batch][];
    private readonly Cid[] _cids = new Cid[Batch];
    private readonly DatagramAddress _source = DatagramAddress.From(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 40_123));
    private readonly byte[] _datagram = new byte[DatagramLimits.ShortSize];
    private DatagramBuffers _buffers = new(new DatagramLoopOptions { BindEndPoint = new IPEndPoint(IPAddress.Loopback, 0), BatchSize = Batch });
    private readonly byte[][][] _resumes = [new byte[Batch][], new byte[Batch][]];
    private DeviceShard? _shard;
    private ulong _counter;
    private int _round;

    [GlobalSetup]
    public void SetUp()
    {
        var counters = new ServerCounters().AddShard();
        var options = new RelayServerOptions();
        var rhythm = new HeartbeatRhythm(options.Heartbeat);
        var events = new ServerEvents(NullLogger.Instance, TimeProvider.System);
        var aead = WorkerAead.Create(events);
        var entropy = new BufferedEntropy(SystemEntropy.Instance);
        var descriptors = DescriptorStore.Open(Path.GetTempFileName(), 2 * Batch, options.Heartbeat.SessionLifetime, TimeProvider.System);
        var places = new Places(Batch, Batch, SystemEntropy.Instance);
        var list = new EquipmentList(
            0, new SlotTable<DeviceSlot>(EquipmentList.SlotsFor(Batch)), places, descriptors, rhythm, entropy, counters, nowMs: 0);
        var crypto = ConnectionCrypto.Create(SystemEntropy.Instance, events);
        var keys = new NodeKeys(new byte[NodeKeys.SecretSize], 1, crypto);
        var ring = TicketKeys.Create(epoch: 0, Now, SystemEntropy.Instance);
        var sender = new DeviceSender(rhythm, aead, crypto, counters, TimeProvider.System);
        var trace = new FastRelay.Server.Connections.SignalTrace(null);
        _shard = new DeviceShard(
            number: 0, list,
            new WakeSender(list, sender, new KeyedRateLimiter(RateLimit.Wakes, SystemEntropy.Instance), trace, counters),
            new FastSender(list, sender, trace),
            new ResetSender(
                new ResetLimits(options.Limits, SystemEntropy.Instance), new ReturnSpread(options.Limits.ResumeCapacity, 1, 60, TimeProvider.System), keys,
                SystemEntropy.Instance, counters),
            new ResumeReceiver(
                number: 0, new ShardMap(keys, 1), list, () => ring, keys, rhythm, options.Limits.RetryAfter, aead, WorkerAead.Create(events: null), crypto,
                entropy, counters, TimeProvider.System),
            sender, aead, counters, (_, _, _, _) => { });
        Register(list);
        EchoChallenges();
        for (int i = 0; i < Batch; i++) MakeResumes(ring, i);
    }

    /// <summary>Per heartbeat.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int Seal_and_OnBatch()
    {
        _counter++;
        for (int i = 0; i < Batch; i++) Arrive(i, echo: null);
        int acks = Work();
        if (acks != Batch) throw new InvalidOperationException($"{acks} of {Batch} heartbeats were answered.");
        return acks;
    }

    /// <summary>Per RESUME (SPEC 7.9), each with another nonce than the one before of its device: ticket, tag, pending session, keys, RESUME_ACK.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int Resume_OnBatch()
    {
        byte[][] resumes = _resumes[_round++ & 1];
        for (int i = 0; i < Batch; i++) Arrive(i, resumes[i]);
        int answers = Work();
        if (answers != Batch) throw new InvalidOperationException($"{answers} of {Batch} RESUMEs were answered.");
        return answers;
    }

    /// <summary>Per heartbeat.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void Seal_alone()
    {
        for (int i = 0; i < Batch; i++) Seal(i, counter: 1, echo: null);
    }

    private void Register(EquipmentList list)
    {
        var (onClient, onServer, _) = new HandshakePair(CipherSuite.P256).RunToChannels(ConnectionRole.Register, cached: null);
        Span<byte> context = stackalloc byte[Cid.Size + DeviceId.Size];
        for (int i = 0; i < Batch; i++)
        {
            var id = new DeviceId((UInt128)i + 1);
            var registration = new DeviceRegistration(id, _party.Descriptor.Bytes.ToArray(), new TransportAddress(_source.Ip, _source.Port), onServer);
            var outcome = list.Register(registration, record: (uint)i, nowMs: 0);
            if (outcome.Status != RegisterStatus.Registered) throw new InvalidOperationException("The list has room.");
            _cids[i] = outcome.Cid;
            _cids[i].Write(context);
            id.Write(context[Cid.Size..]);
            onClient.Export("udp", context, _keys[i] = new byte[PacketAeadExtensions.KeySize]);
        }
        onClient.Dispose();
        onServer.Dispose();
    }

    /// <summary>The first ACKs challenge (SPEC 7.6); echoed, so that the state is that of a device that has been there for long.</summary>
    private void EchoChallenges()
    {
        _counter++;
        for (int i = 0; i < Batch; i++) Arrive(i, echo: null);
        Process();
        uint?[] challenges = new uint?[Batch];
        for (int i = 0; i < Batch; i++)
        {
            if (Ack.TryOpen(_buffers.Output.AsSpan(i * _buffers.Stride, DatagramLimits.ShortSize), _keys[i], _devicesAead, out var ack) != RejectReason.None)
                throw new InvalidOperationException("The ACK is authentic.");
            challenges[i] = ack.Challenge;
        }
        _buffers.ClearOutgoing();
        _counter++;
        for (int i = 0; i < Batch; i++) Arrive(i, challenges[i]);
        Work();
    }

    private static uint Now => (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private void MakeResumes(TicketKeys ring, int i)
    {
        byte[] auth = _keys[i], root = _keys[Batch - 1 - i], ticket = new byte[Ticket.Size];
        var content = new Ticket
        {
            Device = new DeviceId((UInt128)i + 1),
            AuthKey = auth,
            RootKey = root,
            RegisteredIp = _source.Ip,
            Record = (uint)i,
            IssuedAt = Now,
            ExpiresAt = Now + (7 * 24 * 3600),
        };
        ring.Seal(content, ticket, _devicesAead, SystemEntropy.Instance);
        for (int round = 0; round < _resumes.Length; round++)
        {
            _resumes[round][i] = new byte[Resume.Size];
            new Resume { ClientNonce = (UInt128)round, Ticket = ticket }.Seal(_resumes[round][i], auth, _devicesAead);
        }
    }

    private void Arrive(int i, uint? echo)
    {
        Seal(i, _counter, echo);
        Arrive(i, _datagram);
    }

    private void Arrive(int i, byte[] datagram)
    {
        int slot = _buffers.SlotAt(i);
        datagram.CopyTo(_buffers.Received.AsSpan(slot * _buffers.Stride));
        _buffers.Accept(slot, datagram.Length, _source, scopeId: 0);
    }

    private void Seal(int i, ulong counter, uint? echo) =>
        new Heartbeat { Cid = _cids[i], Counter = counter, AckWanted = true, Echo = echo }.Seal(_datagram, _keys[i], _devicesAead);

    private int Work()
    {
        Process();
        int acks = _buffers.OutgoingCount;
        _buffers.ClearOutgoing();
        return acks;
    }

    private void Process()
    {
        var batch = new DatagramBatch(_buffers, first: 0, Batch, nowMs: 1);
        _shard!.OnBatch(ref batch);
    }
}
