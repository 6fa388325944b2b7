using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// The keys that seal this server's tickets (SPEC 7.9): the present one, and the older ones under which tickets may still be alive.
/// It doesn't change: rotation makes another ring, which the owner publishes whole, so any thread may use the one that it has.
/// <code>
/// ticket: u32 key_id ‖ nonce 12 ‖ AES-256-GCM(key, nonce, aad = key_id): content 112 ‖ tag 16
/// file:   "FRTK" ‖ u8 version 1 ‖ u8 n ‖ 2 zero ‖ nonce 12 ‖ AES-256-GCM(K_seal, nonce, aad = 0..8): u32 epoch ‖ n × (u32 id ‖ u32 made ‖ key 32) ‖ tag 16
/// </code>
/// </summary>
public sealed class TicketKeys
{
    /// <summary>Bytes around a ticket's content.</summary>
    public const int Overhead = IdSize + PacketAeadExtensions.NonceSize + PacketAeadExtensions.TagSize;

    /// <summary>Seconds after which a key is replaced.</summary>
    public const uint RotationSeconds = 24 * 3600;

    /// <summary>
    /// Most keys in a ring: what the file's one sealed body holds. Sessions of up to 26 days have their tickets opened to the end; of longer ones the
    /// oldest tickets are refused, and their devices register by TCP.
    /// </summary>
    public const int MaxKeys = (PacketAeadExtensions.MaxBody - EpochSize) / EntrySize;

    /// <summary>Bytes of the longest file.</summary>
    public const int MaxFileSize = FileHeadSize + PacketAeadExtensions.NonceSize + EpochSize + (MaxKeys * EntrySize) + PacketAeadExtensions.TagSize;

    private const int IdSize = sizeof(uint);
    private const int EpochSize = sizeof(uint);
    private const int EntrySize = (2 * sizeof(uint)) + PacketAeadExtensions.KeySize;
    private const int FileHeadSize = 8;
    private const byte FileVersion = 1;

    private readonly TicketKey[] _keys; // the present one first, then from newer to older

    private TicketKeys(uint epoch, params TicketKey[] keys)
    {
        Epoch = epoch;
        _keys = keys;
    }

    /// <summary>Tickets of another epoch are refused.</summary>
    public uint Epoch { get; }

    /// <summary>Keys in the ring, at least 1.</summary>
    public int Count => _keys.Length;

    private static ReadOnlySpan<byte> Magic => "FRTK"u8;

    /// <summary>A ring of one new key.</summary>
    /// <param name="epoch">Of every ticket that it seals.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="entropy">For the key.</param>
    public static TicketKeys Create(uint epoch, uint now, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        return new TicketKeys(epoch, NewKey([], now, entropy));
    }

    /// <summary>
    /// The ring as it should be now: with a new key once the present one is <see cref="RotationSeconds"/> old (or its time lies so far
    /// ahead: a clock was set back), and without the keys whose tickets have all ended. This very ring when nothing is due.
    /// </summary>
    /// <param name="now">Unix seconds.</param>
    /// <param name="lifetime">Seconds that a ticket lives at most: the lifetime of a session.</param>
    /// <param name="entropy">For a new key.</param>
    public TicketKeys Rotate(uint now, uint lifetime, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(entropy);
        var keys = new List<TicketKey>(_keys);
        if (Math.Abs(Age(_keys[0].MadeAt, now)) >= RotationSeconds) keys.Insert(0, NewKey(keys, now, entropy));
        // A key sealed its last ticket when its successor was made.
        int kept = 1;
        while (kept < Math.Min(keys.Count, MaxKeys) && Age(keys[kept - 1].MadeAt, now) < lifetime) kept++;
        keys.RemoveRange(kept, keys.Count - kept);
        return keys.SequenceEqual(_keys) ? this : new TicketKeys(Epoch, [.. keys]);
    }

    /// <summary>The same keys under another epoch: no ticket that was sealed before is taken any more.</summary>
    public TicketKeys WithEpoch(uint epoch) => new(epoch, _keys);

    /// <summary>Overwrites the keys that <paramref name="successor"/> doesn't hold; all of them when it is null.</summary>
    public void Forget(TicketKeys? successor, IEntropy entropy)
    {
        foreach (var key in _keys)
        {
            if (successor is null || Array.IndexOf(successor._keys, key) < 0) key.Forget(entropy);
        }
    }

    /// <summary>Seals a ticket of <see cref="Ticket.Size"/> bytes under the present key and epoch. Allocates nothing.</summary>
    /// <param name="ticket">What it holds.</param>
    /// <param name="destination">At least <see cref="Ticket.Size"/> bytes.</param>
    /// <param name="aead">The thread's own.</param>
    /// <param name="entropy">For the nonce.</param>
    public void Seal(in Ticket ticket, Span<byte> destination, IPacketAead aead, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(aead);
        ArgumentNullException.ThrowIfNull(entropy);
        var key = _keys[0];
        Span<byte> content = stackalloc byte[Ticket.ContentSize];
        ticket.Write(content, Epoch);
        var parts = new Parts(destination[..Ticket.Size], Ticket.ContentSize, IdSize);
        BinaryPrimitives.WriteUInt32BigEndian(parts.Head, key.Id);
        entropy.Fill(parts.Nonce);
        aead.Seal(key.Key, parts.Nonce, content, parts.Body, parts.Tag, parts.Head);
        CryptographicOperations.ZeroMemory(content);
    }

    /// <summary>Opens what a device shows. Allocates and throws nothing.</summary>
    /// <param name="bytes">The ticket, from the network.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="aead">The thread's own.</param>
    /// <param name="room">At least <see cref="Ticket.ContentSize"/> bytes, which the ticket views and the caller clears after use.</param>
    /// <param name="ticket">What it holds; default unless the result is <see cref="RejectReason.None"/>.</param>
    /// <returns>
    /// <see cref="RejectReason.BadLength"/>, <see cref="RejectReason.UnknownKey"/>, <see cref="RejectReason.BadTag"/>,
    /// <see cref="RejectReason.Revoked"/> or <see cref="RejectReason.Expired"/> when it isn't taken.
    /// </returns>
    public RejectReason TryOpen(ReadOnlySpan<byte> bytes, uint now, IPacketAead aead, Span<byte> room, out Ticket ticket)
    {
        ticket = default;
        if (bytes.Length != Ticket.Size) return RejectReason.BadLength;
        var head = bytes[..IdSize];
        if (Find(BinaryPrimitives.ReadUInt32BigEndian(head)) is not { } key) return RejectReason.UnknownKey;
        Span<byte> content = room[..Ticket.ContentSize];
        var sealedContent = bytes.Slice(IdSize + PacketAeadExtensions.NonceSize, Ticket.ContentSize);
        if (!aead.TryOpen(key.Key, bytes.Slice(IdSize, PacketAeadExtensions.NonceSize), sealedContent, bytes[^PacketAeadExtensions.TagSize..], content, head))
            return RejectReason.BadTag;
        var opened = Ticket.Read(content);
        var reason = opened.Epoch != Epoch ? RejectReason.Revoked : opened.IsOver(now) ? RejectReason.Expired : RejectReason.None;
        if (reason == RejectReason.None) ticket = opened;
        else CryptographicOperations.ZeroMemory(content);
        return reason;
    }

    /// <summary>The ring as a file, sealed.</summary>
    /// <param name="sealKey">K_seal, 32 bytes (<see cref="NodeKeys.SealKey"/>).</param>
    /// <param name="aead">The thread's own.</param>
    /// <param name="entropy">For the nonce.</param>
    public byte[] Export(ReadOnlySpan<byte> sealKey, IPacketAead aead, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(aead);
        ArgumentNullException.ThrowIfNull(entropy);
        byte[] content = new byte[EpochSize + (_keys.Length * EntrySize)];
        var writer = new SpanWriter(content);
        writer.U32(Epoch);
        foreach (var key in _keys)
        {
            writer.U32(key.Id);
            writer.U32(key.MadeAt);
            writer.Bytes(key.Key);
        }
        byte[] file = new byte[FileHeadSize + PacketAeadExtensions.NonceSize + content.Length + PacketAeadExtensions.TagSize];
        var parts = new Parts(file, content.Length, FileHeadSize);
        Magic.CopyTo(parts.Head);
        parts.Head[Magic.Length] = FileVersion;
        parts.Head[Magic.Length + 1] = (byte)_keys.Length;
        entropy.Fill(parts.Nonce);
        aead.Seal(sealKey, parts.Nonce, content, parts.Body, parts.Tag, parts.Head);
        CryptographicOperations.ZeroMemory(content);
        return file;
    }

    /// <summary>Reads what <see cref="Export"/> made.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="sealKey">K_seal, 32 bytes.</param>
    /// <param name="aead">The thread's own.</param>
    /// <param name="keys">The ring; null unless the result is <see cref="RejectReason.None"/>.</param>
    /// <returns>
    /// <see cref="RejectReason.BadMagic"/>: it isn't such a file; <see cref="RejectReason.BadVersion"/>: of another version;
    /// <see cref="RejectReason.BadLength"/>: cut or grown; <see cref="RejectReason.BadTag"/>: damaged, or of another node.
    /// </returns>
    public static RejectReason Import(ReadOnlySpan<byte> file, ReadOnlySpan<byte> sealKey, IPacketAead aead, out TicketKeys? keys)
    {
        keys = null;
        if (file.Length < FileHeadSize || !file.StartsWith(Magic)) return RejectReason.BadMagic;
        if (file[Magic.Length] != FileVersion) return RejectReason.BadVersion;
        int count = file[Magic.Length + 1];
        int length = EpochSize + (count * EntrySize);
        if (count is 0 or > MaxKeys || file.Length != FileHeadSize + PacketAeadExtensions.NonceSize + length + PacketAeadExtensions.TagSize)
            return RejectReason.BadLength;
        Span<byte> content = stackalloc byte[PacketAeadExtensions.MaxBody];
        content = content[..length];
        var head = file[..FileHeadSize];
        var nonce = file.Slice(FileHeadSize, PacketAeadExtensions.NonceSize);
        if (!aead.TryOpen(sealKey, nonce, file.Slice(FileHeadSize + nonce.Length, length), file[^PacketAeadExtensions.TagSize..], content, head))
            return RejectReason.BadTag;
        var reader = new SpanReader(content);
        uint epoch = reader.U32();
        var ring = new TicketKey[count];
        foreach (ref var key in ring.AsSpan()) key = new TicketKey(reader.U32(), reader.U32(), reader.Bytes(PacketAeadExtensions.KeySize));
        CryptographicOperations.ZeroMemory(content);
        keys = new TicketKeys(epoch, ring);
        return RejectReason.None;
    }

    /// <summary>Seconds since, negative when it lies ahead; modulo 2³².</summary>
    private static long Age(uint since, uint now) => unchecked((int)(now - since));

    private static TicketKey NewKey(List<TicketKey> others, uint now, IEntropy entropy)
    {
        Span<byte> key = stackalloc byte[PacketAeadExtensions.KeySize];
        Span<byte> idBytes = stackalloc byte[IdSize];
        uint id;
        do
        {
            entropy.Fill(idBytes);
            id = BinaryPrimitives.ReadUInt32BigEndian(idBytes);
        }
        while (others.Exists(other => other.Id == id));
        entropy.Fill(key);
        var made = new TicketKey(id, now, key);
        CryptographicOperations.ZeroMemory(key);
        return made;
    }

    // Ids are no secret, and there are few.
    private TicketKey? Find(uint id)
    {
        foreach (var key in _keys)
        {
            if (key.Id == id) return key;
        }
        return null;
    }

    /// <summary>Where the parts of something sealed stand: head ‖ nonce ‖ body ‖ tag.</summary>
    private readonly ref struct Parts(Span<byte> whole, int bodySize, int headSize)
    {
        public Span<byte> Head { get; } = whole[..headSize];

        public Span<byte> Nonce { get; } = whole.Slice(headSize, PacketAeadExtensions.NonceSize);

        public Span<byte> Body { get; } = whole.Slice(headSize + PacketAeadExtensions.NonceSize, bodySize);

        public Span<byte> Tag { get; } = whole.Slice(headSize + PacketAeadExtensions.NonceSize + bodySize, PacketAeadExtensions.TagSize);
    }
}
