using System.Net;
using System.Net.Sockets;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Datagrams.Epoll;

/// <summary>
/// The vectors of sendmmsg over the output slots, and what is done when the kernel takes only a part of them. A reply
/// points at the native address and the control message that came with the datagram it answers; nothing is copied.
/// </summary>
internal sealed unsafe class MessageSender
{
    // sockaddr_in is 16 bytes, sockaddr_in6 28.
    private const int NameSize = 32;

    private readonly DatagramBuffers _buffers;
    private readonly MessageReceiver _receiver;
    private readonly AddressFamily _family;
    private readonly uint _nameLength;
    private readonly MessageVector[] _vectorArray;
    private readonly BufferVector[] _bufferVectorArray;
    private readonly byte[] _nameArray;
    private readonly MessageVector* _vectors;
    private readonly BufferVector* _bufferVectors;
    private readonly byte* _names;
    private long _sent;
    private long _errors;

    public MessageSender(DatagramBuffers buffers, MessageReceiver receiver, int capacity, AddressFamily family)
    {
        _buffers = buffers;
        _receiver = receiver;
        _family = family;
        _vectorArray = GC.AllocateArray<MessageVector>(capacity, pinned: true);
        _bufferVectorArray = GC.AllocateArray<BufferVector>(capacity, pinned: true);
        _nameArray = GC.AllocateArray<byte>(capacity * NameSize, pinned: true);
        _vectors = MessageReceiver.AddressOf(_vectorArray);
        _bufferVectors = MessageReceiver.AddressOf(_bufferVectorArray);
        _names = MessageReceiver.AddressOf(_nameArray);
        var head = new SocketAddress(family).Buffer.Span;
        _nameLength = family == AddressFamily.InterNetwork ? 16u : 28u;
        byte* payloads = MessageReceiver.AddressOf(buffers.Output);
        for (int i = 0; i < capacity; i++)
        {
            // The family stands at the head of every address; the rest is written as it is needed.
            head[..2].CopyTo(new Span<byte>(_names + (i * NameSize), 2));
            _bufferVectors[i].Base = payloads + (i * buffers.Stride);
            _vectors[i].Header.Buffers = _bufferVectors + i;
            _vectors[i].Header.BufferCount = 1;
        }
    }

    /// <summary>Datagrams that the kernel took. From any thread.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Datagrams that the kernel refused, or that waited when the sender gave up. From any thread.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>
    /// Sends all that waits in the buffers. A datagram that the kernel refuses for its own sake (no route, forbidden, no
    /// buffer in the device's queue) is lost and counted, as the network might have lost it; the rest goes on.
    /// </summary>
    public void SendAll<TSystem>(ref TSystem system)
        where TSystem : struct, IMessageSystem
    {
        int count = _buffers.OutgoingCount;
        if (count == 0) return;
        for (int i = 0; i < count; i++) Prepare(i);
        int at = 0;
        while (at < count)
        {
            int result = system.Send(_vectors + at, count - at);
            if (result > 0)
            {
                at += result;
                Volatile.Write(ref _sent, _sent + result);
            }
            else if (NativeResult.ErrorOf(result) == Errno.TryAgain)
            {
                if (system.WaitUntilWritable()) continue;
                Volatile.Write(ref _errors, _errors + (count - at));
                break;
            }
            else
            {
                at++;
                Volatile.Write(ref _errors, _errors + 1);
            }
        }
        _buffers.ClearOutgoing();
    }

    private void Prepare(int index)
    {
        ref readonly var datagram = ref _buffers.OutgoingAt(index);
        ref var header = ref _vectors[index].Header;
        _bufferVectors[index].Length = (nuint)datagram.Length;
        if (datagram.Answers != DatagramBuffers.NoSlot)
        {
            header.Name = _receiver.NameOf(datagram.Answers);
            header.NameLength = _receiver.NameLengthOf(datagram.Answers);
            header.ControlLength = _receiver.ControlLengthOf(datagram.Answers);
            header.Control = header.ControlLength == 0 ? null : _receiver.ControlOf(datagram.Answers);
            return;
        }
        byte* name = _names + (index * NameSize);
        datagram.To.WriteNative(new Span<byte>(name, NameSize), _family, datagram.ScopeId);
        header.Name = name;
        header.NameLength = _nameLength;
        header.Control = null;
        header.ControlLength = 0;
    }
}
