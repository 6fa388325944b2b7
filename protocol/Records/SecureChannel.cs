using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Records;

/// <summary>
/// An established TCP connection between a client and the server: both directions of records (SPEC 5) under the common key for
/// communication of its handshake, and the exporter from which the keys outside of it come (SPEC 6.3, 6.7).
/// One thread may seal while another opens; neither may be entered twice at once.
/// </summary>
public sealed class SecureChannel : IDisposable
{
    private readonly RecordProtection _sending;
    private readonly RecordProtection _receiving;
    private readonly byte[] _exporter;
    private readonly IConnectionCrypto _crypto;

    /// <summary>Takes over both directions and a copy of <c>exp</c> (SPEC 4.9).</summary>
    internal SecureChannel(CipherSuite suite, RecordProtection sending, RecordProtection receiving, ReadOnlySpan<byte> exporter, IConnectionCrypto crypto)
    {
        Suite = suite;
        _sending = sending;
        _receiving = receiving;
        _exporter = exporter.ToArray();
        _crypto = crypto;
    }

    /// <summary>The suite of the connection.</summary>
    public CipherSuite Suite { get; }

    /// <summary>Longest payload of a frame from now on.</summary>
    public const int MaxPayload = FrameHeader.MaxPayloadAuthenticated;

    /// <summary>Writes one message as a record, with a KEY_UPDATE ahead of it when one is due (SPEC 5.3). Returns the bytes on the wire.</summary>
    /// <param name="innerType">One of <see cref="InnerType"/>.</param>
    /// <param name="content">At most <see cref="RecordProtection.MaxContent"/> bytes.</param>
    /// <param name="output">Where the frames go.</param>
    /// <param name="nowMs">Milliseconds of a clock that never runs back.</param>
    public int Seal(byte innerType, ReadOnlySpan<byte> content, IBufferWriter<byte> output, long nowMs) =>
        _sending.Seal(innerType, content, output, nowMs);

    /// <summary>
    /// Opens the payload of a RECORD where it stands. A KEY_UPDATE is obeyed here; the caller sees its type and goes on.
    /// The handshake's types are out of order now. After a refusal the connection must be closed.
    /// </summary>
    /// <param name="header">The frame's four bytes.</param>
    /// <param name="payload">Everything after them; overwritten.</param>
    /// <param name="innerType">One of <see cref="InnerType"/>.</param>
    /// <param name="content">A part of <paramref name="payload"/>, good as long as it.</param>
    public RejectReason TryOpen(scoped ReadOnlySpan<byte> header, Span<byte> payload, out byte innerType, out ReadOnlySpan<byte> content)
    {
        var reason = _receiving.TryOpen(header, payload, out innerType, out content);
        if (reason != RejectReason.None) return reason;
        return innerType is InnerType.Signature or InnerType.Finished or InnerType.ClientIdentity ? RejectReason.OutOfOrder : RejectReason.None;
    }

    /// <summary>The same for a frame found by <see cref="FrameReader"/>, whose payload the caller has copied to <paramref name="payload"/>.</summary>
    public RejectReason TryOpen(FrameHeader header, Span<byte> payload, out byte innerType, out ReadOnlySpan<byte> content)
    {
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        header.Write(bytes);
        return TryOpen(bytes, payload, out innerType, out content);
    }

    /// <summary><c>XL(exp, label, context, n)</c> with the suite's hash (SPEC 4.9): a secret that both ends of this connection, and no one else, can make.</summary>
    public void Export(string label, ReadOnlySpan<byte> context, Span<byte> destination) =>
        LabelledHkdf.Expand(_crypto, Suite, _exporter, label, context, destination);

    /// <summary>The same with SHA-256 whatever the suite, for what SPEC 1.3 says so of (6.7).</summary>
    internal void ExportSha256(string label, ReadOnlySpan<byte> context, Span<byte> destination) =>
        LabelledHkdf.Expand(_crypto, CipherSuite.P256, _exporter, label, context, destination);

    /// <summary>Clears the secrets.</summary>
    public void Dispose()
    {
        _sending.Dispose();
        _receiving.Dispose();
        CryptographicOperations.ZeroMemory(_exporter);
    }
}
