using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRelay.Engine.Tables;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Devices;

/// <summary>
/// One device of the equipment information list: its ID, its session and the address and port that its heartbeats come from. Two cache
/// lines, both of which every heartbeat needs; what is needed only sometimes stands in side tables (<see cref="Bindings"/>), the
/// descriptor on disk. Plain bytes, so that the list is memory without an object a device. Written by its shard alone.
/// <code>
///   0  32  key             K_udp
///  32  16  window          replay window: highest 8, seen 8
///  48   8  counter         63..61 free   60..0 last used towards the device
///  56   8  liveness        63..49 marks  48 heard  47..0 deadline, ms        marks: 0 bound  1 validated  2 counted online
///  64  16  ip              of the binding                                           3 wheel knows  4 binding aside  5 pending
///  80  16  device          equipment ID
///  96   4  nonce           challenge that waits for its echo from the bound address
/// 100   4  failed tags
/// 104   4  tag             random half of the cid
/// 108   4  generation      odd while the slot has a tenant
/// 112   4  ends            s
/// 116   4  prefix          whose place it takes
/// 120   4  record          of its descriptor
/// 124   2  port            of the binding
/// 126   2  addr_tag        of the binding, when mark 8 is set
/// </code>
/// A pending session (SPEC 7.9), which has no counters yet, keeps there what its RESUMEs said; marks: 6 replaces  7 from one source
/// <code>
///  32  16  client_nonce    64  16  registered ip               116   4  the present session's slot, when it replaces one
///  48   8  server_nonce    96   8  server_nonce, second half   124   2  port of the RESUMEs' source
/// </code>
/// </summary>
/// <remarks>Times are on the shard's monotonic clock.</remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct DeviceSlot : ISlot
{
    /// <summary>Bytes: two cache lines.</summary>
    public const int Size = 128;

    private const int BoundMark = 1;
    private const int ValidatedMark = 2;
    private const int CountedOnlineMark = 4;
    private const int WheelKnowsMark = 8;
    private const int AsideMark = 16;
    private const int PendingMark = 32;
    private const int ReplacesMark = 64;
    private const int OneSourceMark = 128;
    private const int TaggedMark = 256;

    /// <summary>K_udp (SPEC 6.3).</summary>
    [FieldOffset(0)]
    public Bytes32 Key;

    /// <summary>Counters seen from the device (SPEC 7.1).</summary>
    [FieldOffset(32)]
    public ReplayWindow Window;

    /// <summary>Pending: the nonce of its RESUMEs.</summary>
    [FieldOffset(32)]
    public UInt128 PendingClientNonce;

    [FieldOffset(48)]
    private ulong _serverNonceUpper;

    /// <summary>Counters used towards it.</summary>
    [FieldOffset(48)]
    public SendCounter Counter;

    /// <summary>Until when it counts as online.</summary>
    [FieldOffset(56)]
    public DeviceLiveness Liveness;

    [FieldOffset(64)]
    private UInt128 _ip;

    /// <summary>The equipment ID.</summary>
    [FieldOffset(80)]
    public DeviceId Device;

    [FieldOffset(96)]
    private ulong _serverNonceLower;

    [FieldOffset(96)]
    private uint _nonce;

    /// <summary>Datagrams with a tag that didn't verify (SPEC 7.1: a session ends at 2³², when this turns to 0).</summary>
    [FieldOffset(100)]
    public uint FailedTags;

    /// <summary>The random half of its cid; never 0 in a slot with a tenant.</summary>
    [FieldOffset(104)]
    public uint Tag;

    [FieldOffset(108)]
    private uint _generation;

    [FieldOffset(112)]
    private uint _endsSeconds;

    /// <summary>Whose place it takes (<see cref="PrefixPlaces"/>): the prefix that registered it (SPEC 10.1).</summary>
    [FieldOffset(116)]
    public uint Prefix;

    /// <summary>Pending: the index of the device's present session, when there is one (<see cref="Replaces"/>).</summary>
    [FieldOffset(116)]
    public uint Present;

    /// <summary>Where its descriptor stands (SPEC 8.2).</summary>
    [FieldOffset(120)]
    public uint Record;

    [FieldOffset(124)]
    private ushort _port;

    [FieldOffset(126)]
    private ushort _addressTag;

    /// <inheritdoc/>
    public uint Generation
    {
        readonly get => _generation;
        set => _generation = value;
    }

    /// <summary>When the session ends, ms. Kept in whole seconds, rounded up.</summary>
    public long EndsMs
    {
        readonly get => _endsSeconds * 1000L;
        set => _endsSeconds = (uint)Math.Min((value + 999) / 1000, uint.MaxValue);
    }

    /// <summary>The IP address and the port number associated with the device, all of it while nothing moves (SPEC 7.6).</summary>
    public RestingBinding Binding
    {
        readonly get => new(_ip, _port, _nonce, Has(BoundMark), Has(ValidatedMark));
        set
        {
            bool moved = value.IsBound && !(Has(BoundMark) && Bound == new TransportAddress(value.Ip, value.Port));
            (_ip, _port, _nonce) = (value.Ip, value.Port, value.Nonce);
            Mark(BoundMark, value.IsBound);
            Mark(ValidatedMark, value.IsValidated);
            if (moved) Mark(TaggedMark, false);
        }
    }

    /// <summary>Whether there is an address to send to.</summary>
    public readonly bool IsBound => Has(BoundMark);

    /// <summary>Whether an echo came back from it.</summary>
    public readonly bool IsValidated => Has(ValidatedMark);

    /// <summary>The bound address; default while there is none.</summary>
    public readonly TransportAddress Bound => Has(BoundMark) ? new TransportAddress(_ip, _port) : default;

    /// <summary>Whether the presence counter holds it as online.</summary>
    public bool IsCountedOnline
    {
        readonly get => Has(CountedOnlineMark);
        set => Mark(CountedOnlineMark, value);
    }

    /// <summary>Whether the wheel has an entry no later than the device's deadline, so that a heartbeat needn't touch it.</summary>
    public bool WheelKnows
    {
        readonly get => Has(WheelKnowsMark);
        set => Mark(WheelKnowsMark, value);
    }

    /// <summary>Whether the binding moves: the whole of it stands in <see cref="Bindings"/>.</summary>
    public bool IsAside
    {
        readonly get => Has(AsideMark);
        set => Mark(AsideMark, value);
    }

    /// <summary>Whether a RESUME has made the session, and no heartbeat has confirmed it yet (SPEC 7.9).</summary>
    public bool IsPending
    {
        readonly get => Has(PendingMark);
        set => Mark(PendingMark, value);
    }

    /// <summary>Pending: whether the device has a present session, whose place this one will take.</summary>
    public bool Replaces
    {
        readonly get => Has(ReplacesMark);
        set => Mark(ReplacesMark, value);
    }

    /// <summary>Pending: whether every RESUME came from the registered IP and <see cref="PendingPort"/>.</summary>
    public bool IsFromOneSource
    {
        readonly get => Has(OneSourceMark);
        set => Mark(OneSourceMark, value);
    }

    /// <summary>Pending: the server's part of the session's key.</summary>
    public UInt128 PendingServerNonce
    {
        readonly get => new(_serverNonceUpper, _serverNonceLower);
        set => (_serverNonceUpper, _serverNonceLower) = ((ulong)(value >> 64), (ulong)value);
    }

    /// <summary>Pending: the port that its first RESUME came from.</summary>
    public ushort PendingPort
    {
        readonly get => _port;
        set => _port = value;
    }

    /// <summary>Pending: the IP address from which the device registered.</summary>
    public UInt128 RegisteredIp
    {
        readonly get => _ip;
        set => _ip = value;
    }

    /// <summary>The session waits for its first heartbeat.</summary>
    /// <param name="untilMs">Until when.</param>
    public void Expect(long untilMs)
    {
        int marks = Liveness.Marks;
        Liveness = DeviceLiveness.Unheard(untilMs);
        Liveness.Marks = marks;
    }

    /// <summary>A pending session becomes a session: what stood in place of its counters goes, and nothing is bound.</summary>
    public void BeginSession()
    {
        Window = default;
        Counter = default;
        (_nonce, FailedTags, _port) = (0, 0, 0);
        Liveness.Marks &= ~(PendingMark | ReplacesMark | OneSourceMark);
    }

    /// <summary>Whether an address is the bound one.</summary>
    public readonly bool IsFrom(TransportAddress source) => _ip == source.Ip && _port == source.Port && Has(BoundMark);

    /// <summary>addr_tag of an address (SPEC 7.3). That of the bound one is kept with the first ACK that needs it, so that the next ones hash nothing.</summary>
    public ushort AddressTagOf(TransportAddress source, IConnectionCrypto crypto)
    {
        if (!IsFrom(source)) return AddressTag.Of(source, crypto);
        if (!Has(TaggedMark))
        {
            _addressTag = AddressTag.Of(source, crypto);
            Mark(TaggedMark, true);
        }
        return _addressTag;
    }

    private readonly bool Has(int mark) => (Liveness.Marks & mark) != 0;

    private void Mark(int mark, bool on) => Liveness.Marks = on ? Liveness.Marks | mark : Liveness.Marks & ~mark;

    /// <summary>A session key.</summary>
    [InlineArray(32)]
    internal struct Bytes32
    {
        private byte _first;
    }
}
