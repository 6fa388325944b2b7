using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Datagrams.Epoll;

/// <summary>
/// One IPv4 UDP socket that speaks for many of this machine's addresses: each datagram leaves from the address that it is given
/// (IP_PKTINFO), and each that comes tells which address it was sent to. Loads use it to be millions of peers; all of 127.0.0.0/8 is this
/// machine's. Datagrams go out (sendmmsg) and come in (recvmmsg) in batches, never waiting. Linux only (<see cref="LinuxFeatures"/>).
/// Owned by one thread. Nothing is allocated after it was made.
/// </summary>
internal sealed unsafe class AliasSocket : IDisposable
{
    // sockaddr_in is 16 bytes; cmsghdr (16) and in_pktinfo (12), aligned to 8.
    private const int NameSize = 16;
    private const int ControlSize = 32;
    private const int ControlHeader = 16;
    private const int ControlUsed = 28;
    private const int TypeIpPacketInfo = 8;

    // in_pktinfo: u32 interface, ipi_spec_dst (where a reply would leave from), ipi_addr (the address in the header).
    private const int LocalAddressAt = ControlHeader + 4;

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly int _batch;
    private readonly int _maxDatagram;
    private readonly int _stride;
    private readonly MessageVector[] _vectorArray;
    private readonly BufferVector[] _bufferVectorArray;
    private readonly byte[] _payloadArray;
    private readonly byte[] _controlArray;
    private readonly byte[] _nameArray;
    private readonly MessageVector* _out;
    private readonly MessageVector* _in;
    private readonly BufferVector* _outBuffers;
    private readonly byte* _outPayloads;
    private readonly byte* _inPayloads;
    private readonly byte* _outControls;
    private readonly byte* _inControls;
    private int _waiting;
    private int _received;

    /// <summary>Binds 0.0.0.0 and a port of the system's choice.</summary>
    /// <param name="target">Where everything goes; IPv4.</param>
    /// <param name="batch">Most datagrams of one system call, each way.</param>
    /// <param name="maxDatagram">Bytes of the longest datagram; longer ones that come are cut.</param>
    /// <param name="kernelBufferBytes">What the kernel may hold in each direction; it may give less.</param>
    public AliasSocket(IPEndPoint target, int batch, int maxDatagram, int kernelBufferBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxDatagram);
        if (LinuxFeatures.WhyNoBatches is { } why) throw new PlatformNotSupportedException(why);
        _batch = batch;
        _maxDatagram = maxDatagram;
        _stride = (maxDatagram + 63) & ~63;
        // Pinned arrays, held by this object: their addresses stay good as long as it lives. First the half that leaves, then the one that comes.
        _vectorArray = GC.AllocateArray<MessageVector>(2 * batch, pinned: true);
        _bufferVectorArray = GC.AllocateArray<BufferVector>(2 * batch, pinned: true);
        _payloadArray = GC.AllocateArray<byte>(2 * batch * _stride, pinned: true);
        _controlArray = GC.AllocateArray<byte>(2 * batch * ControlSize, pinned: true);
        _nameArray = GC.AllocateArray<byte>(NameSize, pinned: true);
        _out = MessageReceiver.AddressOf(_vectorArray);
        _in = _out + batch;
        _outBuffers = MessageReceiver.AddressOf(_bufferVectorArray);
        var inBuffers = _outBuffers + batch;
        _outPayloads = MessageReceiver.AddressOf(_payloadArray);
        _inPayloads = _outPayloads + (batch * _stride);
        _outControls = MessageReceiver.AddressOf(_controlArray);
        _inControls = _outControls + (batch * ControlSize);
        byte* name = MessageReceiver.AddressOf(_nameArray);
        WriteName(target);
        for (int i = 0; i < batch; i++)
        {
            Point(ref _out[i], _outBuffers + i, _outPayloads + (i * _stride), _outControls + (i * ControlSize));
            _out[i].Header.Name = name;
            _out[i].Header.NameLength = NameSize;
            WriteControlHead(_outControls + (i * ControlSize));
            Point(ref _in[i], inBuffers + i, _inPayloads + (i * _stride), _inControls + (i * ControlSize));
            inBuffers[i].Length = (nuint)maxDatagram;
        }
        _socket = Bind(kernelBufferBytes);
        // The handle is released with the socket.
        _descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
    }

    /// <summary>The port that all its addresses have.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>For an <see cref="EpollSet"/>.</summary>
    public int Descriptor => _descriptor;

    /// <summary>Datagrams that still find room before <see cref="Send"/>.</summary>
    public int Room => _batch - _waiting;

    /// <summary>Datagrams that the kernel didn't take.</summary>
    public long Refused { get; private set; }

    /// <summary>Datagrams that the kernel dropped because they came faster than they were taken (SO_MEMINFO), modulo 2³².</summary>
    public uint Drops => SocketOptionsLinux.TryGetDrops(_socket, out uint drops) ? drops : 0;

    /// <summary>Room for a datagram, to be ended with <see cref="Commit"/>. Needs <see cref="Room"/>.</summary>
    /// <param name="from">The address that it leaves from: 127.0.0.1 is 0x7F000001.</param>
    /// <returns>Room for the longest datagram; undefined bytes.</returns>
    public Span<byte> Next(uint from)
    {
        if (_waiting == _batch) throw new InvalidOperationException("There is no room: send first.");
        *(uint*)(_outControls + (_waiting * ControlSize) + LocalAddressAt) = BinaryPrimitives.ReverseEndianness(from);
        return new Span<byte>(_outPayloads + (_waiting * _stride), _maxDatagram);
    }

    /// <summary>What stands in the room of <see cref="Next"/> leaves with <see cref="Send"/>.</summary>
    /// <param name="length">Bytes.</param>
    public void Commit(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_maxDatagram, nameof(length));
        _outBuffers[_waiting++].Length = (nuint)length;
    }

    /// <summary>Sends what waits. What the kernel doesn't take is lost and counted: a full queue is waited for, but no longer than a second.</summary>
    /// <returns>Datagrams that the kernel took.</returns>
    public int Send()
    {
        int at = 0;
        int taken = 0;
        while (at < _waiting)
        {
            int result = Messages.Send(_descriptor, _out + at, _waiting - at);
            if (result > 0)
            {
                at += result;
                taken += result;
                continue;
            }
            if (NativeResult.ErrorOf(result) == Errno.TryAgain && _socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectWrite)) continue;
            at++;
            Refused++;
        }
        _waiting = 0;
        return taken;
    }

    /// <summary>Receives what has come, at most a batch.</summary>
    /// <returns>How many; they are good until the next call.</returns>
    public int Receive()
    {
        // The kernel changed those that it filled, no others.
        for (int i = 0; i < _received; i++) _in[i].Header.ControlLength = ControlSize;
        _received = Math.Max(0, Messages.Receive(_descriptor, _in, _batch));
        return _received;
    }

    /// <summary>The content of a datagram that came.</summary>
    public ReadOnlySpan<byte> Payload(int index) => new(_inPayloads + (Checked(index) * _stride), (int)_in[index].Length);

    /// <summary>The address that it was sent to; 0 when the kernel didn't say.</summary>
    public uint SentTo(int index)
    {
        byte* control = _inControls + (Checked(index) * ControlSize);
        bool told = _in[index].Header.ControlLength >= ControlUsed && *(int*)(control + 8) == 0 && *(int*)(control + 12) == TypeIpPacketInfo;
        return told ? BinaryPrimitives.ReverseEndianness(*(uint*)(control + LocalAddressAt + 4)) : 0;
    }

    public void Dispose() => _socket.Dispose();

    private static void Point(ref MessageVector vector, BufferVector* buffer, byte* payload, byte* control)
    {
        buffer->Base = payload;
        vector.Header.Buffers = buffer;
        vector.Header.BufferCount = 1;
        vector.Header.Control = control;
        vector.Header.ControlLength = ControlSize;
    }

    private static void WriteControlHead(byte* control)
    {
        *(nuint*)control = ControlUsed;
        *(int*)(control + 8) = 0;
        *(int*)(control + 12) = TypeIpPacketInfo;
    }

    private static Socket Bind(int kernelBufferBytes)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Blocking = false;
            socket.ReceiveBufferSize = kernelBufferBytes;
            socket.SendBufferSize = kernelBufferBytes;
            if (!SocketOptionsLinux.TryAskForLocalAddress(socket)) throw new PlatformNotSupportedException("The system doesn't tell a datagram's local address.");
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void WriteName(IPEndPoint target)
    {
        new SocketAddress(AddressFamily.InterNetwork).Buffer.Span[..2].CopyTo(_nameArray);
        DatagramAddress.From(target).WriteNative(_nameArray, AddressFamily.InterNetwork, 0);
    }

    private int Checked(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_batch, nameof(index));
        return index;
    }
}
