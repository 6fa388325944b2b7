using System.Security.Cryptography;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// From Z, the secret that CKEY and SKEY share, to every key of a connection (SPEC 4.9; the shape of RFC 8446 7.1).
/// Z comes from this connection's two points and nothing else goes in, so no value of the first TCP connection enters
/// the keys of the second (claims 4, 15, 19, 30; the reading of "second and fourth" in claims 11 and 26 is "third and fourth").
/// <code>
/// ES = Extract(0, 0)
/// HS = Extract(XL(ES, "derived", H("")), Z)   → c hs traffic, s hs traffic, with th(HELLO..SKEY)
/// MS = Extract(XL(HS, "derived", H("")), 0)   → c ap traffic, s ap traffic, exp master, with th(HELLO..server FIN)
/// </code>
/// MS is the claims' common key for communication.
/// </summary>
public sealed class KeySchedule : IDisposable
{
    private readonly CipherSuite _suite;
    private readonly IConnectionCrypto _crypto;
    private readonly string _prefix;
    private readonly byte[] _handshakeSecret;
    private readonly byte[] _commonKey;

    /// <summary>Mixes Z in. Z is read only; the caller clears it.</summary>
    public KeySchedule(CipherSuite suite, ReadOnlySpan<byte> z)
        : this(suite, z, PlatformConnectionCrypto.Instance)
    {
    }

    /// <summary>The same, computed by a connection's own means, and with a prefix, so that RFC 8448's values, whose prefix is "tls13 ", test the very code that runs.</summary>
    internal KeySchedule(CipherSuite suite, ReadOnlySpan<byte> z, IConnectionCrypto crypto, string prefix = LabelledHkdf.Prefix)
    {
        ArgumentNullException.ThrowIfNull(suite);
        _suite = suite;
        _crypto = crypto;
        _prefix = prefix;
        int nh = suite.HashSize;
        Span<byte> zero = stackalloc byte[CipherSuite.MaxHashSize];
        zero = zero[..nh];
        zero.Clear();
        Span<byte> salt = stackalloc byte[CipherSuite.MaxHashSize];
        salt = salt[..nh];
        EarlySecret = suite.EarlySecret;
        Derived(EarlySecret, salt);
        _handshakeSecret = new byte[nh];
        // Extract(salt, ikm) is HMAC(salt, ikm): RFC 5869 2.2.
        crypto.Mac(suite, salt, z, _handshakeSecret);
        Derived(_handshakeSecret, salt);
        _commonKey = new byte[nh];
        crypto.Mac(suite, salt, zero, _commonKey);
        CryptographicOperations.ZeroMemory(salt);
    }

    /// <summary>ES; a constant in this version, since no secret goes into it.</summary>
    internal byte[] EarlySecret { get; }

    /// <summary>HS.</summary>
    internal ReadOnlySpan<byte> HandshakeSecret => _handshakeSecret;

    /// <summary>MS, the common key for communication: both ends of a connection hold the same, and no key of use is taken from it but by a label.</summary>
    internal ReadOnlySpan<byte> CommonKey => _commonKey;

    /// <summary>c_hs or s_hs, with th(HELLO..SKEY). Nh bytes.</summary>
    public void HandshakeTraffic(bool ofClient, ReadOnlySpan<byte> transcriptHash, Span<byte> secret) =>
        Expand(_handshakeSecret, ofClient ? "c hs traffic" : "s hs traffic", transcriptHash, secret);

    /// <summary>c_ap or s_ap, with th(HELLO..server FIN). Nh bytes.</summary>
    public void ApplicationTraffic(bool ofClient, ReadOnlySpan<byte> transcriptHash, Span<byte> secret) =>
        Expand(_commonKey, ofClient ? "c ap traffic" : "s ap traffic", transcriptHash, secret);

    /// <summary>exp, with th(HELLO..server FIN). Nh bytes.</summary>
    public void Exporter(ReadOnlySpan<byte> transcriptHash, Span<byte> secret) =>
        Expand(_commonKey, "exp master", transcriptHash, secret);

    /// <summary>
    /// FIN (SPEC 4.8): <c>HMAC(XL(hs_traffic_secret_of_the_sender, "finished", "", Nh), th before this FIN)</c>. Nh bytes.
    /// </summary>
    public void Finished(ReadOnlySpan<byte> handshakeTraffic, ReadOnlySpan<byte> transcriptHash, Span<byte> destination)
    {
        Span<byte> key = stackalloc byte[CipherSuite.MaxHashSize];
        key = key[.._suite.HashSize];
        Expand(handshakeTraffic, "finished", [], key);
        _crypto.Mac(_suite, key, transcriptHash, destination);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Clears the secrets.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_handshakeSecret);
        CryptographicOperations.ZeroMemory(_commonKey);
    }

    private void Derived(ReadOnlySpan<byte> secret, Span<byte> destination) => Expand(secret, "derived", _suite.EmptyHash, destination);

    private void Expand(ReadOnlySpan<byte> secret, string label, ReadOnlySpan<byte> context, Span<byte> destination) =>
        LabelledHkdf.Expand(_crypto, _suite, secret, label, context, destination, _prefix);
}
