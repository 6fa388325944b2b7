using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol;

/// <summary>
/// The keys of one server node (SPEC 7.5), made of its secret and its number: they sign RESET tokens and RETRY cookies,
/// and seal what the server keeps. Thread-safe. Disposing clears the keys.
/// </summary>
public sealed class NodeKeys : IDisposable
{
    /// <summary>Bytes of a node's secret.</summary>
    public const int SecretSize = 32;

    /// <summary>Bytes of a RETRY cookie of this server (SPEC 4.10).</summary>
    public const int CookieSize = 20;

    /// <summary>Seconds for which a cookie is good (SPEC 4.10).</summary>
    public const int CookieSeconds = 120;

    private const int KeySize = 32;
    private const int MacSize = 16;

    private readonly byte[] _resetKey = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);
    private readonly byte[] _cookieKey = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);
    private readonly byte[] _sealKey = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);
    private readonly IConnectionCrypto? _crypto;
    private bool _disposed;

    /// <summary>Derives the keys. The secret stays the caller's.</summary>
    /// <param name="nodeSecret">32 random bytes that outlive the process.</param>
    /// <param name="nodeId">The node's number: two nodes with one secret make different tokens (RFC 9000 21.11).</param>
    /// <param name="crypto">Computes the tokens; null for the platform. It stays the caller's.</param>
    public NodeKeys(ReadOnlySpan<byte> nodeSecret, uint nodeId, IConnectionCrypto? crypto = null)
    {
        if (nodeSecret.Length != SecretSize) throw new ArgumentException("A node secret has 32 bytes.", nameof(nodeSecret));
        NodeId = nodeId;
        _crypto = crypto;
        Span<byte> context = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(context, nodeId);
        LabelledHkdf.Expand(nodeSecret, "node reset", context, _resetKey);
        LabelledHkdf.Expand(nodeSecret, "node cookie", context, _cookieKey);
        LabelledHkdf.Expand(nodeSecret, "node seal", context, _sealKey);
        Span<byte> homeKey = stackalloc byte[KeyedHash.KeySize];
        LabelledHkdf.Expand(nodeSecret, "node home", context, homeKey);
        HomeHash = new KeyedHash(homeKey);
    }

    /// <summary>The node's number.</summary>
    public uint NodeId { get; }

    /// <summary>K_seal, 32 bytes: under it the server keeps its ticket keys (SPEC 7.9).</summary>
    public ReadOnlySpan<byte> SealKey
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _sealKey;
        }
    }

    /// <summary>Spreads devices over whatever the node has several of; the same for as long as its secret.</summary>
    public KeyedHash HomeHash { get; }

    /// <summary>Writes the reset_token of a cid, 16 bytes (SPEC 7.5). Allocates nothing.</summary>
    public void WriteResetToken(Cid cid, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ReadOnlySpan<byte> prefix = "frl1 reset"u8;
        Span<byte> input = stackalloc byte[10 + sizeof(uint) + Cid.Size];
        prefix.CopyTo(input);
        BinaryPrimitives.WriteUInt32BigEndian(input[prefix.Length..], NodeId);
        cid.Write(input[(prefix.Length + sizeof(uint))..]);
        Mac(_resetKey, input, destination[..Reset.TokenSize]);
    }

    /// <summary>Writes a RETRY cookie, <see cref="CookieSize"/> bytes (SPEC 4.10).</summary>
    /// <param name="now">The present time.</param>
    /// <param name="clientIp">The client's address as 16 bytes, big-endian.</param>
    /// <param name="helloUpToCookie">HELLO's payload up to, without, the cookie field.</param>
    /// <param name="destination">At least <see cref="CookieSize"/> bytes.</param>
    public void WriteCookie(DateTimeOffset now, UInt128 clientIp, ReadOnlySpan<byte> helloUpToCookie, Span<byte> destination) =>
        WriteCookie((uint)now.ToUnixTimeSeconds(), clientIp, helloUpToCookie, destination[..CookieSize]);

    /// <summary>Checks a cookie that a client brought back (SPEC 4.10). Compares in constant time; throws nothing on bad input.</summary>
    /// <returns><see cref="RejectReason.None"/>, <see cref="RejectReason.BadToken"/> or <see cref="RejectReason.Expired"/>.</returns>
    public RejectReason CheckCookie(DateTimeOffset now, UInt128 clientIp, ReadOnlySpan<byte> helloUpToCookie, ReadOnlySpan<byte> cookie)
    {
        if (cookie.Length != CookieSize) return RejectReason.BadToken;
        uint made = BinaryPrimitives.ReadUInt32BigEndian(cookie);
        Span<byte> expected = stackalloc byte[CookieSize];
        WriteCookie(made, clientIp, helloUpToCookie, expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, cookie)) return RejectReason.BadToken;
        // Unsigned and modulo 2³², so that the turn of the counter in 2106 is no event.
        return unchecked((uint)now.ToUnixTimeSeconds() - made) <= CookieSeconds ? RejectReason.None : RejectReason.Expired;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_resetKey);
        CryptographicOperations.ZeroMemory(_cookieKey);
        CryptographicOperations.ZeroMemory(_sealKey);
    }

    private void WriteCookie(uint unixSeconds, UInt128 clientIp, ReadOnlySpan<byte> helloUpToCookie, Span<byte> cookie)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> input = stackalloc byte[sizeof(uint) + 16 + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt32BigEndian(input, unixSeconds);
        BinaryPrimitives.WriteUInt128BigEndian(input[4..], clientIp);
        if (_crypto is null) SHA256.HashData(helloUpToCookie, input[20..]);
        else _crypto.Hash(helloUpToCookie, input[20..]);
        BinaryPrimitives.WriteUInt32BigEndian(cookie, unixSeconds);
        Mac(_cookieKey, input, cookie[sizeof(uint)..]);
    }

    private void Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<byte> mac16)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (_crypto is null) HMACSHA256.HashData(key, input, mac);
        else _crypto.Mac(CipherSuite.P256, key, input, mac);
        mac[..MacSize].CopyTo(mac16);
    }
}
