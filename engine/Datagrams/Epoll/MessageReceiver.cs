using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Datagrams.Epoll;

/// <summary>
/// The vectors of recvmmsg: for each receive slot the memory of the payload, the source's native address and one control
/// message, which tells the address that was asked. Built once; a receive only resets the lengths that the kernel changed.
/// </summary>
internal sealed unsafe class MessageReceiver
{
    // sockaddr_in6 is 28 bytes.
    private const int NameSize = 32;

    // cmsghdr (16) and in6_pktinfo (20) or in_pktinfo (12), aligned to 8.
    private const int ControlSize = 40;
    private const int ControlHeader = 16;
    private const int LevelIp = 0;
    private const int TypeIpPacketInfo = 8;
    private const int LevelIpv6 = 41;
    private const int TypeIpv6PacketInfo = 50;

    private readonly DatagramBuffers _buffers;
    private readonly AddressFamily _family;
    private readonly MessageVector[] _vectorArray;
    private readonly BufferVector[] _bufferVectorArray;
    private readonly byte[] _nameArray;
    private readonly byte[] _controlArray;
    private readonly MessageVector* _vectors;
    private readonly byte* _names;
    private readonly byte* _controls;
    private readonly int _batchSize;
    private readonly nuint _controlRoom;
    private int _filled;

    /// <param name="buffers">Where payloads go.</param>
    /// <param name="batchSize">Slots to fill at once.</param>
    /// <param name="family">The socket's address family.</param>
    /// <param name="tellsAddress">Whether the kernel was asked to tell the address that a datagram was sent to.</param>
    public MessageReceiver(DatagramBuffers buffers, int batchSize, AddressFamily family, bool tellsAddress)
    {
        _controlRoom = tellsAddress ? (nuint)ControlSize : 0;
        _buffers = buffers;
        _batchSize = batchSize;
        _family = family;
        // Pinned arrays, held by this object: their addresses stay good as long as it lives.
        _vectorArray = GC.AllocateArray<MessageVector>(batchSize, pinned: true);
        _bufferVectorArray = GC.AllocateArray<BufferVector>(batchSize, pinned: true);
        _nameArray = GC.AllocateArray<byte>(batchSize * NameSize, pinned: true);
        _controlArray = GC.AllocateArray<byte>(batchSize * ControlSize, pinned: true);
        _vectors = AddressOf(_vectorArray);
        _names = AddressOf(_nameArray);
        _controls = AddressOf(_controlArray);
        var bufferVectors = AddressOf(_bufferVectorArray);
        byte* payloads = AddressOf(buffers.Received);
        for (int i = 0; i < batchSize; i++)
        {
            bufferVectors[i] = new BufferVector { Base = payloads + (i * buffers.Stride), Length = (nuint)buffers.Stride };
            ref var header = ref _vectors[i].Header;
            header.Name = NameOf(i);
            header.Buffers = bufferVectors + i;
            header.BufferCount = 1;
            header.Control = ControlOf(i);
        }
        Reset(batchSize);
    }

    /// <summary>The native source address of a received slot; good until the next receive.</summary>
    public byte* NameOf(int slot) => _names + (slot * NameSize);

    /// <summary>Bytes of that address.</summary>
    public uint NameLengthOf(int slot) => _vectors[slot].Header.NameLength;

    /// <summary>The control message that makes a reply leave from the address that was asked, when there is one.</summary>
    public byte* ControlOf(int slot) => _controls + (slot * ControlSize);

    /// <summary>Bytes of that control message; 0 when there is none.</summary>
    public nuint ControlLengthOf(int slot) => _vectors[slot].Header.ControlLength;

    /// <summary>Receives up to a batch without waiting, into slots 0 and up.</summary>
    /// <returns>Slots filled, or a negative error number.</returns>
    public int Receive(int socket)
    {
        // The kernel writes into the headers of those that it fills, and into no other.
        Reset(_filled);
        int count = Messages.Receive(socket, _vectors, _batchSize);
        _filled = Math.Max(count, 0);
        return count;
    }

    /// <summary>Notes what came into a slot.</summary>
    /// <returns>False when it is longer than a datagram may be.</returns>
    public bool Take(int slot)
    {
        ref var vector = ref _vectors[slot];
        if ((vector.Header.Flags & Messages.Truncated) != 0) return false;
        var source = DatagramAddress.ReadNative(new ReadOnlySpan<byte>(NameOf(slot), NameSize), _family, out uint scopeId);
        if (!_buffers.Accept(slot, (int)vector.Length, source, scopeId)) return false;
        if (!MakeReplyControl(slot)) vector.Header.ControlLength = 0;
        return true;
    }

    internal static T* AddressOf<T>(T[] pinned)
        where T : unmanaged =>
        (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    /// <summary>
    /// Turns the received control message into that of a reply, in place: the same address as source, and any interface,
    /// since the way back need not be the way in. A link-local address keeps its interface, without which it means nothing.
    /// </summary>
    /// <returns>False when there is none, or the address is one that nobody sends from.</returns>
    private bool MakeReplyControl(int slot)
    {
        byte* control = ControlOf(slot);
        if (_vectors[slot].Header.ControlLength < ControlHeader + 12) return false;
        int level = *(int*)(control + 8);
        int type = *(int*)(control + 12);
        byte* info = control + ControlHeader;
        if (level == LevelIp && type == TypeIpPacketInfo)
        {
            // in_pktinfo: u32 interface, the address to send from, the address in the header.
            *(uint*)info = 0;
            return info[4] is not (0 or >= 224);
        }
        if (level != LevelIpv6 || type != TypeIpv6PacketInfo) return false;

        // in6_pktinfo: the address, u32 interface. On a dual-stack socket IPv4 comes in mapped form.
        bool linkLocal = info[0] == 0xFE && (info[1] & 0xC0) == 0x80;
        if (!linkLocal) *(uint*)(info + 16) = 0;
        bool mapped = *(ulong*)info == 0 && BinaryPrimitives.ReverseEndianness(*(uint*)(info + 8)) == 0xFFFF;
        return mapped ? info[12] is not (0 or >= 224) : info[0] != 0xFF;
    }

    private void Reset(int count)
    {
        for (int i = 0; i < count; i++)
        {
            ref var header = ref _vectors[i].Header;
            header.NameLength = NameSize;
            header.ControlLength = _controlRoom;
            header.Flags = 0;
        }
    }
}
