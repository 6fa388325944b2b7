using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Request;

/// <summary>
/// What a device publishes about itself, signed with its identity key (SPEC 8.2): how to stretch its password and which key to seal
/// requests to. Immutable.
/// <code>
///   0  u8   version = 1
///   1  u8   flags        reserved
///   2  u16  kdf = 1
///   4  u32  iterations
///   8  u64  not_after    unix_s
///  16  16   salt
///  32  65   id_pub
///  97  65   kem_pub
/// 162  64   signature    ECDSA P-256, r ‖ s
/// </code>
/// </summary>
public sealed class Descriptor
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 226;

    /// <summary>Bytes of <see cref="Hash"/>.</summary>
    public const int HashSize = 16;

    private const byte CurrentVersion = 1;
    private const ushort Pbkdf2 = 1;
    private const int SignedSize = 162;
    private const int Padding = 64;

    private readonly byte[] _bytes;
    private readonly byte[] _hash;

    private Descriptor(byte[] bytes)
    {
        _bytes = bytes;
        _hash = SHA256.HashData(bytes)[..HashSize];
        DeviceId = DeviceId.FromPublicKey(IdentityPoint);
    }

    /// <summary>The whole descriptor.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary><c>desc_hash = SHA-256(descriptor)[0..16]</c>.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>The ID that the identity key in it has. It is the device's ID only if it is the one that was asked for.</summary>
    public DeviceId DeviceId { get; }

    /// <summary>PBKDF2's iterations.</summary>
    public int Iterations => (int)BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(4));

    /// <summary>When it ends, seconds since 1970.</summary>
    public ulong NotAfterUnixSeconds => BinaryPrimitives.ReadUInt64BigEndian(_bytes.AsSpan(8));

    /// <summary>The password's salt, 16 bytes.</summary>
    public ReadOnlySpan<byte> Salt => _bytes.AsSpan(16, DevicePassword.SaltSize);

    /// <summary>The identity key's point, 65 bytes.</summary>
    public ReadOnlySpan<byte> IdentityPoint => _bytes.AsSpan(32, EcPoint.P256Size);

    /// <summary>The key-agreement key's point, 65 bytes.</summary>
    public ReadOnlySpan<byte> AgreementPoint => _bytes.AsSpan(97, EcPoint.P256Size);

    /// <summary>Makes and signs a descriptor.</summary>
    /// <param name="identity">The device's identity key, P-256, with its private part.</param>
    /// <param name="agreement">The device's second key, P-256; only its public part is used.</param>
    /// <param name="password">Whose salt and iterations are published.</param>
    /// <param name="notAfter">When the descriptor ends.</param>
    public static Descriptor Create(ECDsa identity, ECDiffieHellman agreement, DevicePassword password, DateTimeOffset notAfter)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(agreement);
        ArgumentNullException.ThrowIfNull(password);
        byte[] bytes = new byte[Size];
        bytes[0] = CurrentVersion;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), Pbkdf2);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), (uint)password.Iterations);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), checked((ulong)notAfter.ToUnixTimeSeconds()));
        password.Salt.CopyTo(bytes.AsSpan(16));
        EcPoint.Write(identity, bytes.AsSpan(32));
        EcPoint.Write(agreement, bytes.AsSpan(97));
        byte[] signature = identity.SignData(
            SignatureInput(bytes), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        signature.CopyTo(bytes, SignedSize);
        return new Descriptor(bytes);
    }

    /// <summary>
    /// Reads a descriptor and checks its layout: length, version, kdf, iterations within bounds, the form of both points. The bytes are
    /// copied. Nothing in it is to be believed before <see cref="Verify(DeviceId, DateTimeOffset)"/>.
    /// </summary>
    public static RejectReason TryParse(ReadOnlySpan<byte> bytes, out Descriptor? descriptor)
    {
        descriptor = null;
        if (bytes.Length < Size) return RejectReason.TooShort;
        if (bytes.Length > Size) return RejectReason.TrailingBytes;
        if (bytes[0] != CurrentVersion) return RejectReason.BadVersion;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != Pbkdf2) return RejectReason.BadValue;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) is < DevicePassword.MinIterations or > DevicePassword.MaxIterations)
            return RejectReason.BadValue;
        if (bytes[32] != 4 || bytes[97] != 4) return RejectReason.BadPoint;
        descriptor = new Descriptor(bytes.ToArray());
        return RejectReason.None;
    }

    /// <summary>The rest of SPEC 8.2's checks: not ended, of the device asked for, both points on the curve, the signature.</summary>
    /// <param name="expected">The ID that the person or the handshake named.</param>
    /// <param name="now">The present time.</param>
    public RejectReason Verify(DeviceId expected, DateTimeOffset now) => Verify(expected, now, PlatformConnectionCrypto.Instance);

    /// <summary>The same, computed with what a server's connections are.</summary>
    public RejectReason Verify(DeviceId expected, DateTimeOffset now, IConnectionCrypto crypto)
    {
        ArgumentNullException.ThrowIfNull(crypto);
        long seconds = now.ToUnixTimeSeconds();
        if (seconds >= 0 && NotAfterUnixSeconds <= (ulong)seconds) return RejectReason.Expired;
        if (DeviceId != expected) return RejectReason.WrongIdentity;
        if (!crypto.IsOnP256(AgreementPoint)) return RejectReason.BadPoint;
        if (crypto.Verify(IdentityPoint, SignatureInput(_bytes), _bytes.AsSpan(SignedSize))) return RejectReason.None;
        // Whoever checks a signature reads the point first; whether it was the point's fault is asked only for the reason.
        return crypto.IsOnP256(IdentityPoint) ? RejectReason.BadSignature : RejectReason.BadPoint;
    }

    /// <summary><c>0x20 × 64 ‖ "FastRelay v1 descriptor" ‖ 0x00 ‖ SHA-256(bytes 0..162)</c>.</summary>
    private static byte[] SignatureInput(ReadOnlySpan<byte> descriptor)
    {
        var context = "FastRelay v1 descriptor"u8;
        byte[] input = new byte[Padding + context.Length + 1 + SHA256.HashSizeInBytes];
        input.AsSpan(0, Padding).Fill(0x20);
        context.CopyTo(input.AsSpan(Padding));
        SHA256.HashData(descriptor[..SignedSize], input.AsSpan(Padding + context.Length + 1));
        return input;
    }
}
