using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// Ephemeral key agreement and signature checks on one curve, by libcrypto's own curve arithmetic, at little more than its bare cost. One
/// instance belongs to one worker; not thread-safe. docs/decisions/0012 says why it exists beside the base library's
/// <see cref="ECDiffieHellman"/> and <see cref="ECDsa"/>.
/// </summary>
/// <remarks>Private keys are made, used once and cleared within <see cref="TryAgree(ReadOnlySpan{byte}, Span{byte}, Span{byte})"/>.</remarks>
public sealed class LibCryptoCurve : IDisposable
{
    private const byte Uncompressed = 4;
    internal const int P256Number = 415; // NID_X9_62_prime256v1
    internal const int P384Number = 715; // NID_secp384r1
    private const int P256Field = 32;
    private const int P384Field = 48;

    private static readonly Lazy<string?> Unsupported = new(Probe);

    private readonly CurveContext _context;
    private readonly RandomScalars _scalars;

    private LibCryptoCurve(CurveContext context, int fieldSize)
    {
        _context = context;
        FieldSize = fieldSize;
        _scalars = new RandomScalars(context.Order(fieldSize));
    }

    /// <summary>Why it can't be used on this system; null when it can. Found out once.</summary>
    public static string? WhyUnsupported => Unsupported.Value;

    /// <summary>Bytes of a coordinate and of a shared secret: 32 or 48.</summary>
    public int FieldSize { get; }

    /// <summary>Bytes of a point, <c>04 ‖ X ‖ Y</c>.</summary>
    public int PointSize => 1 + (2 * FieldSize);

    /// <summary>Makes an instance for P-256.</summary>
    /// <returns>False when the system has no usable libcrypto (<see cref="WhyUnsupported"/>), or no memory for a context.</returns>
    public static bool TryCreateP256([NotNullWhen(true)] out LibCryptoCurve? made) => TryCreate(P256Number, P256Field, out made);

    /// <summary>Makes an instance for P-384.</summary>
    /// <returns>As <see cref="TryCreateP256"/>.</returns>
    public static bool TryCreateP384([NotNullWhen(true)] out LibCryptoCurve? made) => TryCreate(P384Number, P384Field, out made);

    /// <summary>Makes a key pair, agrees with the peer's point, and forgets the private key. Allocates nothing.</summary>
    /// <param name="peer">The peer's point. Anything but a point on the curve in uncompressed form is refused; infinity has no such form.</param>
    /// <param name="ownPoint">Takes this side's point, <see cref="PointSize"/> bytes.</param>
    /// <param name="z">Takes the X coordinate of the shared point, <see cref="FieldSize"/> bytes (SP 800-56A 5.7.1.2). The caller clears it.</param>
    /// <returns>False when the peer's point is refused; nothing was written then.</returns>
    /// <exception cref="ArgumentException">A length of a destination is wrong.</exception>
    /// <exception cref="CryptographicException">libcrypto failed.</exception>
    public bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> ownPoint, Span<byte> z)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        if (ownPoint.Length != PointSize) throw new ArgumentException("A point has another size.", nameof(ownPoint));
        Span<byte> scalar = stackalloc byte[FieldSize];
        _scalars.Next(scalar);
        bool agreed = TryAgree(peer, ownPoint, z, scalar);
        CryptographicOperations.ZeroMemory(scalar);
        return agreed;
    }

    /// <summary>
    /// The same with a private key that is given: one that a published vector names, or one of a load generator's. Its point isn't computed
    /// when <paramref name="ownPoint"/> is empty.
    /// </summary>
    internal bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> ownPoint, Span<byte> z, ReadOnlySpan<byte> privateKey)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        if (ownPoint.Length != PointSize && !ownPoint.IsEmpty) throw new ArgumentException("A point has another size.", nameof(ownPoint));
        if (z.Length != FieldSize) throw new ArgumentException("A coordinate has another size.", nameof(z));
        if (!HasForm(peer)) return false;
        string? failed = _context.Agree(peer, ownPoint, z, privateKey, out bool peerIsGood);
        return failed is null ? peerIsGood : throw new CryptographicException($"{failed} of libcrypto failed.");
    }

    /// <summary>Whether a private key is held: never outside of <see cref="TryAgree(ReadOnlySpan{byte}, Span{byte}, Span{byte})"/>.</summary>
    internal bool HoldsPrivateKey => _context.HoldsPrivateKey;

    /// <summary>Whether a point is one that <see cref="TryAgree(ReadOnlySpan{byte}, Span{byte}, Span{byte})"/> and <see cref="Verify"/> take.</summary>
    public bool IsOnCurve(ReadOnlySpan<byte> point)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        return HasForm(point) && _context.IsOnCurve(point);
    }

    /// <summary>Checks an ECDSA signature (FIPS 186-5 6.4.2).</summary>
    /// <param name="point">The signer's public key. False when it isn't a point on the curve in uncompressed form.</param>
    /// <param name="hash">The hash of what was signed, as long as a coordinate.</param>
    /// <param name="signature">r ‖ s, each as long as a coordinate. False for any other length.</param>
    /// <exception cref="ArgumentException">The hash has another length.</exception>
    public bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        if (hash.Length != FieldSize) throw new ArgumentException("A hash is as long as a coordinate.", nameof(hash));
        return HasForm(point) && signature.Length == 2 * FieldSize && _context.Verify(point, hash, signature);
    }

    /// <summary>Frees the context.</summary>
    public void Dispose()
    {
        _scalars.Dispose();
        _context.Dispose();
    }

    private static bool TryCreate(int curve, int fieldSize, [NotNullWhen(true)] out LibCryptoCurve? made)
    {
        made = WhyUnsupported is null && CurveContext.TryCreate(curve) is { } context ? new LibCryptoCurve(context, fieldSize) : null;
        return made is not null;
    }

    private bool HasForm(ReadOnlySpan<byte> point) => point.Length == PointSize && point[0] == Uncompressed;

    private static string? Probe()
    {
        if (LibCrypto.WhyMissing is { } reason) return reason;
        try
        {
            return ProbeCurve(P256Number, P256Field) ?? ProbeCurve(P384Number, P384Field);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or CryptographicException)
        {
            return e.Message;
        }
    }

    // A policy may have taken the curve away; and whoever goes round the base library's checks must see that this one's work.
    private static string? ProbeCurve(int number, int fieldSize)
    {
        if (CurveContext.TryCreate(number) is not { } context) return $"libcrypto doesn't offer the curve {number}";
        using var curve = new LibCryptoCurve(context, fieldSize);
        byte[] first = new byte[curve.PointSize], second = new byte[curve.PointSize], z = new byte[fieldSize];
        using var reference = ECDiffieHellman.Create(number == P256Number ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384);
        var q = reference.ExportParameters(includePrivateParameters: false).Q;
        first[0] = Uncompressed;
        q.X!.CopyTo(first.AsSpan(1));
        q.Y!.CopyTo(first.AsSpan(1 + fieldSize));
        if (!curve.TryAgree(first, second, z)) return "libcrypto refuses a point of the platform's";
        var own = new ECParameters { Curve = reference.ExportParameters(false).Curve, Q = new ECPoint { X = second[1..(1 + fieldSize)], Y = second[(1 + fieldSize)..] } };
        using var peer = ECDiffieHellman.Create(own);
        using var peerKey = peer.PublicKey;
        bool same = CryptographicOperations.FixedTimeEquals(z, reference.DeriveRawSecretAgreement(peerKey));
        CryptographicOperations.ZeroMemory(z);
        first[^1] ^= 1;
        return same && !curve.TryAgree(first, second, z) ? null : "libcrypto and the platform don't agree";
    }
}
