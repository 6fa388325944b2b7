using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;

namespace FastRelay.Server.Tests.Support;

/// <summary>
/// Many devices with a session, a key and a counter each, behind one socket. They are put into the server's list by its own call, all on
/// one connection, since a handshake each would take longer than what is to be tested.
/// </summary>
internal sealed class TestSwarm : IDisposable
{
    // So many datagrams fit into the sockets' buffers.
    private const int Window = 50;

    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Func<bool> _hasDatagram;
    private readonly SocketAddress _server;
    private readonly Cid[] _cids;
    private readonly byte[][] _keys;
    private readonly PlatformPacketAead _aead;
    private ulong _counter;

    private TestSwarm(TestServer server, int count)
    {
        _server = server.EndPoint.Serialize();
        _cids = new Cid[count];
        _keys = new byte[count][];
        _aead = new PlatformPacketAead(2 * count);
        _udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _hasDatagram = () => _udp.Available > 0;
    }

    /// <summary>Registers the devices and sends what makes their address bound and validated (SPEC 7.6).</summary>
    public static async Task<TestSwarm> OnlineAsync(TestServer server, int count)
    {
        var swarm = new TestSwarm(server, count);
        using var identity = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var connection = await TestConnection.OpenAsync(server, ConnectionRole.Register, identity);
        for (int i = 0; i < count; i++)
        {
            var id = new DeviceId((UInt128)(i + 1));
            var outcome = await server.Relay.Devices.RegisterAsync(new DeviceRegistration(id, new byte[Descriptor.Size], connection.Local, connection.Channel));
            outcome.Status.ShouldBe(RegisterStatus.Registered);
            swarm.Begin(i, id, outcome.Cid, connection);
        }
        swarm.Validate();
        return swarm;
    }

    /// <summary>The next heartbeat of each, its ACK wanted.</summary>
    public byte[][] Heartbeats() => Heartbeats(new uint?[_cids.Length]);

    /// <summary>Sends them all, each after its forgery if there are forgeries, and takes the ACKs. Allocates nothing.</summary>
    public void Exchange(byte[][] heartbeats, byte[][]? forged, Action<ReadOnlySpan<byte>>? onAck = null)
    {
        Span<byte> answer = stackalloc byte[64];
        for (int first = 0; first < heartbeats.Length; first += Window)
        {
            int end = Math.Min(first + Window, heartbeats.Length);
            for (int i = first; i < end; i++)
            {
                if (forged is not null) _udp.SendTo(forged[i], SocketFlags.None, _server);
                _udp.SendTo(heartbeats[i], SocketFlags.None, _server);
            }
            for (int i = first; i < end; i++)
            {
                // A receive that waits would allocate.
                SpinWait.SpinUntil(_hasDatagram, Within.Bound).ShouldBeTrue();
                int length = _udp.Receive(answer);
                onAck?.Invoke(answer[..length]);
            }
        }
    }

    public void Dispose()
    {
        _udp.Dispose();
        _aead.Dispose();
    }

    private void Begin(int index, DeviceId id, Cid cid, TestConnection connection)
    {
        Span<byte> context = stackalloc byte[Cid.Size + DeviceId.Size];
        cid.Write(context);
        id.Write(context[Cid.Size..]);
        _cids[index] = cid;
        connection.Channel.Export("udp", context, _keys[index] = new byte[PacketAeadExtensions.KeySize]);
    }

    private void Validate()
    {
        var challenges = new uint?[_cids.Length];
        var indexes = _cids.Select((cid, index) => (cid, index)).ToDictionary(pair => pair.cid, pair => pair.index);
        void Take(ReadOnlySpan<byte> datagram)
        {
            DatagramHeader.TryRead(datagram, out var header).ShouldBe(RejectReason.None);
            int index = indexes[header.Cid];
            Ack.TryOpen(datagram, _keys[index], _aead, out var ack).ShouldBe(RejectReason.None);
            challenges[index] = ack.Challenge;
        }

        Exchange(Heartbeats(), forged: null, Take);
        challenges.ShouldAllBe(challenge => challenge != null);
        Exchange(Heartbeats(challenges), forged: null, Take);
        challenges.ShouldAllBe(challenge => challenge == null);
    }

    private byte[][] Heartbeats(uint?[] echoes)
    {
        _counter++;
        var datagrams = new byte[_cids.Length][];
        for (int i = 0; i < datagrams.Length; i++)
        {
            var heartbeat = new Heartbeat { Cid = _cids[i], Counter = _counter, AckWanted = true, Echo = echoes[i] };
            heartbeat.Seal(datagrams[i] = new byte[heartbeat.Size], _keys[i], _aead);
        }
        return datagrams;
    }
}
