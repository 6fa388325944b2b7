using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Records;

/// <summary>
/// One direction of encrypted records (SPEC 5): a traffic secret, the key and iv made of it, and the record number.
/// <code>
/// payload = AEAD(key, iv XOR (0^4 ‖ u64 record number), aad = the frame's header, content ‖ u8 type ‖ zero padding)
/// </code>
/// The number lives and dies with its key: it starts at 0 under each secret, counts by one and never repeats.
/// A sender replaces its secret before the budget of SPEC 5.3 is spent; a receiver refuses a sender that doesn't.
/// Used by one thread at a time.
/// </summary>
public sealed class RecordProtection : IDisposable
{
    /// <summary>Longest content of a record (SPEC 5.1).</summary>
    public const int MaxContent = 16_384;

    /// <summary>Bytes that a record is longer than its content: frame header, type, tag.</summary>
    public const int Overhead = FrameHeader.Size + 1 + CipherSuite.TagSize;

    /// <summary>Most records under one secret (SPEC 5.3; the bound for AES-GCM in RFC 8446 5.5 is 2^24.5).</summary>
    public const ulong MaxRecords = 1UL << 24;

    /// <summary>Longest use of one secret for sending, in milliseconds (SPEC 5.3).</summary>
    public const long MaxAgeMilliseconds = 3_600_000;

    private readonly CipherSuite _suite;
    private readonly ulong _maxRecords;
    private readonly byte[] _secret;
    private readonly byte[] _iv = new byte[CipherSuite.IvSize];
    private readonly IConnectionCrypto _crypto;
    private IRecordAead _aead;
    private ulong _number;
    private long? _firstUse;

    /// <summary>Takes a copy of a traffic secret of SPEC 4.9 or 9.5.</summary>
    /// <param name="suite">The suite whose hash made the secret.</param>
    /// <param name="secret">Nh bytes.</param>
    /// <param name="maxRecords">At least 2; the default is the SPEC's. A smaller budget lets a test reach it.</param>
    /// <param name="crypto">Null: the platform's.</param>
    public RecordProtection(CipherSuite suite, ReadOnlySpan<byte> secret, ulong maxRecords = MaxRecords, IConnectionCrypto? crypto = null)
    {
        ArgumentNullException.ThrowIfNull(suite);
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, suite.HashSize, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecords, 2UL);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxRecords, MaxRecords);
        _suite = suite;
        _maxRecords = maxRecords;
        _crypto = crypto ?? PlatformConnectionCrypto.Instance;
        _secret = secret.ToArray();
        _aead = DeriveKey();
    }

    /// <summary>The number of the next record under the present secret.</summary>
    public ulong RecordNumber => _number;

    /// <summary>Writes one record as a frame and returns its bytes on the wire. For the handshake, which is over long before a budget is spent.</summary>
    public int Seal(byte innerType, ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaxContent, nameof(content));
        if (_number >= _maxRecords) throw new InvalidOperationException("The budget of this secret is spent.");
        int inner = content.Length + 1;
        int total = FrameHeader.Size + inner + CipherSuite.TagSize;
        var frame = output.GetSpan(total)[..total];
        new FrameHeader(FrameType.Record, (ushort)(inner + CipherSuite.TagSize)).Write(frame);
        var text = frame.Slice(FrameHeader.Size, inner);
        content.CopyTo(text);
        text[^1] = innerType;
        Span<byte> nonce = stackalloc byte[CipherSuite.IvSize];
        NextNonce(nonce);
        _aead.Seal(nonce, text, frame[(FrameHeader.Size + inner)..], frame[..FrameHeader.Size]);
        output.Advance(total);
        return total;
    }

    /// <summary>
    /// The same, changing the secret first when it is time (SPEC 5.3): a KEY_UPDATE, the last record under the old secret, goes ahead.
    /// </summary>
    /// <param name="innerType">One of <see cref="InnerType"/>.</param>
    /// <param name="content">At most <see cref="MaxContent"/> bytes.</param>
    /// <param name="output">Where the frames go.</param>
    /// <param name="nowMilliseconds">A clock that never runs back; only differences matter.</param>
    public int Seal(byte innerType, ReadOnlySpan<byte> content, IBufferWriter<byte> output, long nowMilliseconds)
    {
        _firstUse ??= nowMilliseconds;
        int written = 0;
        if (_number >= _maxRecords - 1 || nowMilliseconds - _firstUse >= MaxAgeMilliseconds)
        {
            written = Seal(InnerType.KeyUpdate, [], output);
            Update();
            _firstUse = nowMilliseconds;
        }
        return written + Seal(innerType, content, output);
    }

    /// <summary>
    /// Opens the payload of a RECORD, decrypting it where it stands, and follows the sender when it is a KEY_UPDATE
    /// (the caller sees the type and goes on). After any refusal the direction is of no use: close the connection.
    /// </summary>
    /// <param name="header">The frame's four bytes.</param>
    /// <param name="payload">Everything after them; overwritten.</param>
    /// <param name="innerType">One of <see cref="InnerType"/>.</param>
    /// <param name="content">A part of <paramref name="payload"/>.</param>
    public RejectReason TryOpen(scoped ReadOnlySpan<byte> header, Span<byte> payload, out byte innerType, out ReadOnlySpan<byte> content)
    {
        innerType = 0;
        content = default;
        if (header.Length != FrameHeader.Size || header[0] != FrameType.Record) return RejectReason.OutOfOrder;
        if (payload.Length < 1 + CipherSuite.TagSize) return RejectReason.TooShort;
        if (payload.Length > FrameHeader.MaxPayloadAuthenticated) return RejectReason.TooLong;
        if (_number >= _maxRecords) return RejectReason.Exhausted;
        var text = payload[..^CipherSuite.TagSize];
        Span<byte> nonce = stackalloc byte[CipherSuite.IvSize];
        NextNonce(nonce);
        if (!_aead.TryOpen(nonce, text, payload[^CipherSuite.TagSize..], header)) return RejectReason.BadTag;
        int last = text.LastIndexOfAnyExcept((byte)0);
        if (last < 0) return RejectReason.BadValue;
        if (!InnerType.IsKnown(text[last])) return RejectReason.UnknownType;
        innerType = text[last];
        content = text[..last];
        if (innerType != InnerType.KeyUpdate) return RejectReason.None;
        if (!content.IsEmpty) return RejectReason.TrailingBytes;
        Update();
        return RejectReason.None;
    }

    /// <summary>Goes on under <c>next</c> of the secret, with record number 0 (SPEC 4.9, 5.3). The old secret and key are gone afterwards.</summary>
    public void Update()
    {
        Span<byte> next = stackalloc byte[CipherSuite.MaxHashSize];
        next = next[.._suite.HashSize];
        LabelledHkdf.Expand(_crypto, _suite, _secret, "traffic upd", [], next);
        next.CopyTo(_secret);
        CryptographicOperations.ZeroMemory(next);
        _aead.Dispose();
        _aead = DeriveKey();
        _number = 0;
    }

    /// <summary>Clears the secrets.</summary>
    public void Dispose()
    {
        _aead.Dispose();
        CryptographicOperations.ZeroMemory(_secret);
        CryptographicOperations.ZeroMemory(_iv);
    }

    private IRecordAead DeriveKey()
    {
        Span<byte> key = stackalloc byte[CipherSuite.KeySize];
        LabelledHkdf.Expand(_crypto, _suite, _secret, "key", [], key);
        LabelledHkdf.Expand(_crypto, _suite, _secret, "iv", [], _iv);
        var aead = _crypto.CreateRecordAead(key);
        CryptographicOperations.ZeroMemory(key);
        return aead;
    }

    private void NextNonce(Span<byte> nonce)
    {
        _iv.CopyTo(nonce);
        var low = nonce[4..];
        BinaryPrimitives.WriteUInt64BigEndian(low, BinaryPrimitives.ReadUInt64BigEndian(low) ^ _number);
        _number++;
    }
}
