using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// XL of SPEC 1.1: HKDF-Expand (RFC 5869) with a label and a context, in the form of RFC 8446 7.1
/// <code>info = u16 n ‖ bytes8("frl1 " + label) ‖ bytes8(context)</code>
/// </summary>
public static class LabelledHkdf
{
    internal const string Prefix = "frl1 ";

    private const int MaxInfo = 2 + 1 + 255 + 1 + 255;

    /// <summary>XL with SHA-256, for everything that doesn't depend on a suite (SPEC 1.3).</summary>
    /// <param name="secret">A pseudo-random secret.</param>
    /// <param name="label">ASCII, without "frl1 ".</param>
    /// <param name="context">At most 255 bytes.</param>
    /// <param name="destination">Its length is n.</param>
    public static void Expand(ReadOnlySpan<byte> secret, string label, ReadOnlySpan<byte> context, Span<byte> destination) =>
        Expand(HashAlgorithmName.SHA256, secret, label, context, destination);

    /// <summary>XL with the hash of a suite.</summary>
    public static void Expand(HashAlgorithmName hash, ReadOnlySpan<byte> secret, string label, ReadOnlySpan<byte> context, Span<byte> destination)
    {
        Span<byte> info = stackalloc byte[MaxInfo];
        HKDF.Expand(hash, secret, destination, info[..WriteInfo(Prefix, label, context, destination.Length, info)]);
    }

    /// <summary>XL with the hash of a suite, computed by a connection's own means.</summary>
    internal static void Expand(
        IConnectionCrypto crypto, CipherSuite suite, ReadOnlySpan<byte> secret, string label, ReadOnlySpan<byte> context, Span<byte> destination, string prefix = Prefix)
    {
        Span<byte> info = stackalloc byte[2 + 1 + prefix.Length + label.Length + 1 + context.Length];
        crypto.Expand(suite, secret, info[..WriteInfo(prefix, label, context, destination.Length, info)], destination);
    }

    /// <summary>Writes what HKDF expands a secret with.</summary>
    private static int WriteInfo(string prefix, string label, ReadOnlySpan<byte> context, int length, Span<byte> info)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefix.Length + label.Length, 255, nameof(label));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(context.Length, 255, nameof(context));
        BinaryPrimitives.WriteUInt16BigEndian(info, checked((ushort)length));
        info[2] = (byte)(prefix.Length + label.Length);
        int at = 3;
        at += Encoding.ASCII.GetBytes(prefix, info[at..]);
        at += Encoding.ASCII.GetBytes(label, info[at..]);
        info[at++] = (byte)context.Length;
        context.CopyTo(info[at..]);
        return at + context.Length;
    }
}
