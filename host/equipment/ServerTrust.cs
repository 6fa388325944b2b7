using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Equipment;

/// <summary>
/// Whom equipment takes for its server (SPEC 4.5 rule 2): the certificates in a file, the machine's own store, or the one authority
/// whose fingerprint the operator handed out.
/// </summary>
public sealed record ServerTrust
{
    private const string FingerprintPrefix = "sha256:";

    private readonly string? _file;
    private readonly byte[]? _fingerprint;

    private ServerTrust(string? file, byte[]? fingerprint)
    {
        _file = file;
        _fingerprint = fingerprint;
    }

    /// <summary>The machine's store of certificate authorities.</summary>
    public static ServerTrust SystemStore { get; } = new(null, null);

    /// <summary>The certificates in a PEM or DER file. It is read again for each connection, so it can be replaced while the equipment runs.</summary>
    public static ServerTrust File(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new ServerTrust(Path.GetFullPath(path), null);
    }

    /// <summary>The self-signed certificate in the server's chain with this SHA-256 over its DER.</summary>
    /// <param name="sha256">32 bytes.</param>
    public static ServerTrust Fingerprint(ReadOnlySpan<byte> sha256)
    {
        if (sha256.Length != SHA256.HashSizeInBytes) throw new ArgumentException("A fingerprint has 32 bytes.", nameof(sha256));
        return new ServerTrust(null, sha256.ToArray());
    }

    /// <summary>Reads <c>sha256:HEX</c> (64 hex digits, colons allowed between them), <c>system</c>, or the path of a file.</summary>
    /// <exception cref="FormatException">A fingerprint that isn't 64 hex digits.</exception>
    public static ServerTrust Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        if (text == "system") return SystemStore;
        if (!text.StartsWith(FingerprintPrefix, StringComparison.OrdinalIgnoreCase)) return File(text);
        return TryFingerprint(text[FingerprintPrefix.Length..], out var hash)
            ? new ServerTrust(null, hash)
            : throw new FormatException("A fingerprint is sha256: and 64 hex digits; copy the whole of what the server printed.");
    }

    /// <inheritdoc/>
    public bool Equals(ServerTrust? other) =>
        other is not null && _file == other._file && (_fingerprint ?? []).AsSpan().SequenceEqual(other._fingerprint ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_file, _fingerprint?[0]);

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        _fingerprint is not null ? FingerprintPrefix + Convert.ToHexStringLower(_fingerprint) : _file ?? "system";

    /// <summary>The anchors as they are now; the caller disposes them.</summary>
    /// <exception cref="EquipmentException">The file can't be read, or holds no certificate (<see cref="EquipmentError.TrustRefused"/>).</exception>
    internal TrustAnchors LoadAnchors()
    {
        if (_fingerprint is not null) return TrustAnchors.FromFingerprint(_fingerprint);
        if (_file is null) return TrustAnchors.System;
        try
        {
            byte[] bytes = System.IO.File.ReadAllBytes(_file);
            bool isPem = bytes.AsSpan().IndexOf("-----BEGIN"u8) >= 0;
            return isPem ? TrustAnchors.FromPem(Encoding.UTF8.GetString(bytes)) : TrustAnchors.FromDer(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new EquipmentException(EquipmentError.TrustRefused,
                $"The certificates to trust can't be read from {_file}; name a PEM or DER file, or the server's sha256: fingerprint.", e);
        }
    }

    private static bool TryFingerprint(string hex, [NotNullWhen(true)] out byte[]? hash)
    {
        hash = new byte[SHA256.HashSizeInBytes];
        hex = hex.Replace(":", string.Empty, StringComparison.Ordinal);
        return hex.Length == 2 * hash.Length
            && Convert.FromHexString(hex, hash, out _, out int written) == System.Buffers.OperationStatus.Done && written == hash.Length;
    }
}
