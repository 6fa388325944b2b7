using System.Security.Cryptography;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// What the issuer seals to the device in E2E1 (SPEC 9.2): the password information of the claims is in it.
/// <code>
///  0  16   request_nonce
/// 16  u64  unix_ms
/// 24  32   client_key
/// 56  32   sess_bind
/// 88  u16  caps
/// 90  u8   n, 1 to 8
/// 91  n × (ip16 ‖ u16 port)
/// </code>
/// Owns its secrets and clears them when disposed.
/// </summary>
public sealed class RequestPayload : IDisposable
{
    /// <summary>Most candidate addresses in a request.</summary>
    public const int MaxCandidates = 8;

    /// <summary>Bytes of <see cref="Nonce"/>.</summary>
    public const int NonceSize = 16;

    /// <summary>Bytes of <see cref="ClientKey"/>.</summary>
    public const int ClientKeySize = 32;

    /// <summary>Bytes of <see cref="SessionBinding"/>.</summary>
    public const int SessionBindingSize = 32;

    private const int FixedSize = NonceSize + 8 + ClientKeySize + SessionBindingSize + 2 + 1;

    private readonly byte[] _secrets;
    private readonly TransportAddress[] _candidates;

    internal RequestPayload(ReadOnlySpan<byte> nonce, ulong unixMs, ReadOnlySpan<byte> clientKey, ReadOnlySpan<byte> sessionBinding,
        RequestCapabilities capabilities, TransportAddress[] candidates)
    {
        if (nonce.Length != NonceSize || clientKey.Length != ClientKeySize || sessionBinding.Length != SessionBindingSize)
            throw new ArgumentException("Nonce, client key and session binding are 16, 32 and 32 bytes.", nameof(clientKey));
        _secrets = [.. nonce, .. clientKey, .. sessionBinding];
        _candidates = candidates;
        UnixMs = unixMs;
        Capabilities = capabilities;
    }

    /// <summary>Chosen by the issuer; message 2 repeats it. 16 bytes.</summary>
    public ReadOnlySpan<byte> Nonce => _secrets.AsSpan(0, NonceSize);

    /// <summary>The stretched password (SPEC 8.1), 32 bytes; all zero without a password. Secret.</summary>
    public ReadOnlySpan<byte> ClientKey => _secrets.AsSpan(NonceSize, ClientKeySize);

    /// <summary>The issuer's side of sess_bind (SPEC 6.7), 32 bytes.</summary>
    public ReadOnlySpan<byte> SessionBinding => _secrets.AsSpan(NonceSize + ClientKeySize, SessionBindingSize);

    /// <summary>The issuer's clock, milliseconds since 1970.</summary>
    public ulong UnixMs { get; }

    /// <summary>What the issuer wants.</summary>
    public RequestCapabilities Capabilities { get; }

    /// <summary>Where the issuer waits, 1 to 8 addresses, OBSERVED first.</summary>
    public ReadOnlySpan<TransportAddress> Candidates => _candidates;

    /// <summary>Bytes of E2E1 with so many candidates: 190 + 18·n.</summary>
    public static int SealedSize(int candidates) =>
        RequestEnvelope.HeaderSize + FixedSize + (candidates * TransportAddress.Size) + NoiseState.TagSize;

    internal int Size => FixedSize + (_candidates.Length * TransportAddress.Size);

    internal static RejectReason TryParse(ReadOnlySpan<byte> plaintext, out RequestPayload? payload)
    {
        payload = null;
        var reader = new SpanReader(plaintext);
        var nonce = reader.Bytes(NonceSize);
        ulong unixMs = reader.U64();
        var clientKey = reader.Bytes(ClientKeySize);
        var binding = reader.Bytes(SessionBindingSize);
        var capabilities = (RequestCapabilities)reader.U16();
        int count = reader.U8();
        if (count is 0 or > MaxCandidates) reader.Reject(RejectReason.BadLength);
        var candidates = new TransportAddress[Math.Min(count, MaxCandidates)];
        for (int i = 0; i < candidates.Length; i++) candidates[i] = reader.Address();
        var reason = reader.Finish();
        if (reason == RejectReason.None) payload = new RequestPayload(nonce, unixMs, clientKey, binding, capabilities, candidates);
        return reason;
    }

    internal void Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Bytes(Nonce);
        writer.U64(UnixMs);
        writer.Bytes(ClientKey);
        writer.Bytes(SessionBinding);
        writer.U16((ushort)Capabilities);
        writer.U8((byte)_candidates.Length);
        foreach (var candidate in _candidates) writer.Address(candidate);
    }

    /// <summary>Clears the secrets.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_secrets);
}
