using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// The outside of E2E1 (SPEC 9.2), what can be read without a key.
/// <code>
///  0  u8  version = 1
///  1  u8  mode = 1
///  2  16  desc_hash
/// 18  65  e_pub
/// 83  AEAD(payload)
/// </code>
/// A view over the bytes it was parsed from.
/// </summary>
public readonly ref struct RequestEnvelope
{
    /// <summary>The version of this layout.</summary>
    public const byte Version = 1;

    /// <summary>The mode: a password's client key sealed with Noise_NK.</summary>
    public const byte Mode = 1;

    /// <summary>Bytes of <see cref="DescriptorHash"/>.</summary>
    public const int DescriptorHashSize = 16;

    internal const int HeaderSize = 2 + DescriptorHashSize + EcPoint.P256Size;

    /// <summary>Which descriptor the issuer sealed to, 16 bytes.</summary>
    public ReadOnlySpan<byte> DescriptorHash { get; private init; }

    /// <summary>The issuer's ephemeral point, 65 bytes, not yet checked to be on the curve.</summary>
    public ReadOnlySpan<byte> EphemeralPoint { get; private init; }

    /// <summary>The encrypted payload with its tag.</summary>
    public ReadOnlySpan<byte> Ciphertext { get; private init; }

    /// <summary>Reads the outside. The number of candidates is only known inside, so any whole number of them, 1 to 8, is a length.</summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> e2e1, out RequestEnvelope request)
    {
        request = default;
        if (e2e1.Length < RequestPayload.SealedSize(1)) return RejectReason.TooShort;
        if (e2e1.Length > RequestPayload.SealedSize(RequestPayload.MaxCandidates)) return RejectReason.TooLong;
        if ((e2e1.Length - RequestPayload.SealedSize(0)) % TransportAddress.Size != 0) return RejectReason.BadLength;
        if (e2e1[0] != Version) return RejectReason.BadVersion;
        if (e2e1[1] != Mode) return RejectReason.BadValue;
        if (e2e1[18] != 4) return RejectReason.BadPoint;
        request = new RequestEnvelope
        {
            DescriptorHash = e2e1[2..18],
            EphemeralPoint = e2e1[18..HeaderSize],
            Ciphertext = e2e1[HeaderSize..],
        };
        return RejectReason.None;
    }
}
