using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using FastRelay.Engine.Datagrams.Epoll;
using FastRelay.Load.Swarm;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Forged;

/// <summary>
/// An attacker without keys: datagrams of every kind that a server must see through, from addresses that no device has. It knows the cids and
/// counters of real devices, as one who listens does. Owned by one thread; nothing is allocated after it was made.
/// </summary>
internal sealed class ForgedFlood : IDisposable
{
    /// <summary>Datagrams a turn.</summary>
    public const int Batch = 64;

    private const uint FirstAddress = 0x7FFF_0000;
    private const uint Addresses = 0xFF00;
    private const int Prepared = 4_096;

    private readonly AliasSocket _socket;
    private readonly SwarmDevice[] _devices;
    private readonly byte[] _random = RandomNumberGenerator.GetBytes((Prepared * sizeof(uint)) + Resume.Size);
    private uint _turn;

    /// <summary>Makes one.</summary>
    /// <param name="server">Whom it floods.</param>
    /// <param name="devices">The real devices.</param>
    public ForgedFlood(IPEndPoint server, SwarmDevice[] devices)
    {
        _socket = new AliasSocket(server, Batch, Resume.Size, kernelBufferBytes: 1 << 20);
        _devices = devices;
    }

    /// <summary>Datagrams that the kernel took.</summary>
    public long Sent { get; private set; }

    /// <summary>Of each kind as many.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        "random bytes as long as a heartbeat", "a device's cid and next counter, a wrong tag", "the same, cut short", "a type that a device doesn't send",
        "RESUME with a ticket that nobody sealed", "a cid that nobody has",
    ];

    /// <summary>Sends a batch.</summary>
    public void Turn()
    {
        for (int i = 0; i < Batch; i++)
        {
            uint turn = ++_turn;
            var datagram = _socket.Next(FirstAddress + (turn % Addresses));
            _socket.Commit(Write(datagram, turn));
        }
        Sent += _socket.Send();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Writes the datagram of a turn: the kinds take turns.</summary>
    /// <returns>Bytes.</returns>
    internal int Write(Span<byte> datagram, uint turn)
    {
        const int length = DatagramLimits.ShortSize;
        var heartbeat = datagram[..length];
        _random.AsSpan((int)(turn % Prepared) * sizeof(uint), length).CopyTo(heartbeat);
        switch (turn % (uint)Kinds.Count)
        {
            case 0:
                return length;
            case 1:
                WriteHead(heartbeat, DatagramType.Heartbeat, turn);
                return length;
            case 2:
                WriteHead(heartbeat, DatagramType.Heartbeat, turn);
                return 1 + (int)(turn / (uint)Kinds.Count % (length - 1));
            case 3:
                WriteHead(heartbeat, DatagramType.Ack, turn);
                return length;
            case 4:
                _random.AsSpan((int)(turn % Prepared) * sizeof(uint), Resume.Size).CopyTo(datagram);
                datagram[0] = (byte)DatagramType.Resume;
                datagram[1] = 0;
                BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], Resume.MaxTicket);
                datagram.Slice(4, 12).Clear();
                return Resume.Size;
            default:
                WriteHead(heartbeat, DatagramType.Heartbeat, turn);
                BinaryPrimitives.WriteUInt32BigEndian(heartbeat[8..], turn);
                return length;
        }
    }

    private void WriteHead(Span<byte> datagram, DatagramType type, uint turn)
    {
        ref readonly var device = ref _devices[turn * 2_654_435_761u % (uint)_devices.Length];
        datagram[0] = (byte)type;
        datagram[1] = 0;
        device.Cid.Write(datagram[4..]);
        BinaryPrimitives.WriteUInt64BigEndian(datagram[12..], device.Counter + 1ul);
    }
}
