using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.EndToEnd;

/// <summary>
/// The direct path between issuer and device after the communication request (SPEC 9.5): both directions of records under the keys of
/// Noise Split, and the order in which records may come.
/// <code>
///   issuer → device   ACCEPT, then DATA…, END, CLOSE
///   device → issuer   after ACCEPT: DATA…, END, CLOSE
/// </code>
/// One thread may seal while another opens; neither may be entered twice at once.
/// </summary>
public sealed class EndToEndChannel : IDisposable
{
    /// <summary>Longest content of a DATA record.</summary>
    public const int MaxData = RecordProtection.MaxContent;

    /// <summary>Longest payload of a frame on this path.</summary>
    public const int MaxPayload = FrameHeader.MaxPayloadAuthenticated;

    private readonly RecordProtection _sending;
    private readonly RecordProtection _receiving;
    private volatile bool _accepted;
    private bool _endSent;
    private bool _closeSent;
    private bool _closeReceived;

    private EndToEndChannel(RecordProtection sending, RecordProtection receiving, bool isIssuer)
    {
        _sending = sending;
        _receiving = receiving;
        IsIssuer = isIssuer;
    }

    /// <summary>Whether this is the issuer's side.</summary>
    public bool IsIssuer { get; }

    /// <summary>Whether the issuer's ACCEPT was sent (issuer) or has come (device).</summary>
    public bool Accepted => _accepted;

    /// <summary>
    /// Whether the other side said that no more data comes, by END or CLOSE. A direction that ends without it was cut off, which is an
    /// error to the user of the stream.
    /// </summary>
    public bool PeerFinished { get; private set; }

    internal static EndToEndChannel Split(NoiseState state, bool isIssuer)
    {
        Span<byte> issuerToDevice = stackalloc byte[32];
        Span<byte> deviceToIssuer = stackalloc byte[32];
        state.Split(issuerToDevice, deviceToIssuer);
        var channel = FromKeys(issuerToDevice, deviceToIssuer, isIssuer);
        CryptographicOperations.ZeroMemory(issuerToDevice);
        CryptographicOperations.ZeroMemory(deviceToIssuer);
        return channel;
    }

    /// <summary>Both directions from k_i2d and k_d2i, which serve as traffic secrets of SPEC 4.9.</summary>
    internal static EndToEndChannel FromKeys(ReadOnlySpan<byte> issuerToDevice, ReadOnlySpan<byte> deviceToIssuer, bool isIssuer)
    {
        var i2d = new RecordProtection(CipherSuite.P256, issuerToDevice);
        var d2i = new RecordProtection(CipherSuite.P256, deviceToIssuer);
        return isIssuer ? new EndToEndChannel(i2d, d2i, true) : new EndToEndChannel(d2i, i2d, false);
    }

    /// <summary>
    /// Writes one record, with a KEY_UPDATE ahead of it when one is due (SPEC 5.3), and returns the bytes on the wire. A record out of
    /// its place is a mistake of the caller and throws <see cref="InvalidOperationException"/>.
    /// </summary>
    /// <param name="innerType">ACCEPT, DATA, END or CLOSE of <see cref="InnerType"/>.</param>
    /// <param name="content">1 to <see cref="MaxData"/> bytes for DATA, a reason for CLOSE, else empty.</param>
    /// <param name="output">Where the frames go.</param>
    /// <param name="nowMs">Milliseconds of a clock that never runs back.</param>
    public int Seal(byte innerType, ReadOnlySpan<byte> content, IBufferWriter<byte> output, long nowMs)
    {
        bool inPlace = !_closeSent && innerType switch
        {
            InnerType.Accept => IsIssuer && !_accepted && content.IsEmpty,
            InnerType.Data => _accepted && !_endSent && content.Length is > 0 and <= MaxData,
            InnerType.End => _accepted && !_endSent && content.IsEmpty,
            InnerType.Close => _accepted && content.Length == Close.Size,
            _ => false,
        };
        if (!inPlace) throw new InvalidOperationException($"A record of type 0x{innerType:X2} and {content.Length} bytes has no place here.");
        int written = _sending.Seal(innerType, content, output, nowMs);
        switch (innerType)
        {
            case InnerType.Accept:
                _accepted = true;
                break;
            case InnerType.End:
                _endSent = true;
                break;
            case InnerType.Close:
                _closeSent = true;
                break;
        }
        return written;
    }

    /// <summary>
    /// Opens the payload of a RECORD where it stands. A KEY_UPDATE is obeyed here; the caller sees its type and goes on. After any
    /// refusal the connection must be closed.
    /// </summary>
    /// <param name="header">The frame's four bytes.</param>
    /// <param name="payload">Everything after them; overwritten.</param>
    /// <param name="innerType">One of <see cref="InnerType"/>.</param>
    /// <param name="content">A part of <paramref name="payload"/>, good as long as it.</param>
    public RejectReason TryOpen(scoped ReadOnlySpan<byte> header, Span<byte> payload, out byte innerType, out ReadOnlySpan<byte> content)
    {
        var reason = _receiving.TryOpen(header, payload, out innerType, out content);
        if (reason != RejectReason.None) return reason;
        if (_closeReceived) return RejectReason.OutOfOrder;
        if (!_accepted && (IsIssuer || innerType != InnerType.Accept)) return RejectReason.OutOfOrder;
        switch (innerType)
        {
            case InnerType.Accept when !IsIssuer && !_accepted:
                if (!content.IsEmpty) return RejectReason.TrailingBytes;
                _accepted = true;
                return RejectReason.None;
            case InnerType.Data when !PeerFinished:
                return content.IsEmpty ? RejectReason.TooShort : RejectReason.None;
            case InnerType.End when !PeerFinished:
                if (!content.IsEmpty) return RejectReason.TrailingBytes;
                PeerFinished = true;
                return RejectReason.None;
            case InnerType.Close:
                reason = Close.TryParse(content, out _);
                if (reason == RejectReason.None) PeerFinished = _closeReceived = true;
                return reason;
            case InnerType.KeyUpdate:
                return RejectReason.None;
            default:
                return RejectReason.OutOfOrder;
        }
    }

    /// <summary>Clears the secrets.</summary>
    public void Dispose()
    {
        _sending.Dispose();
        _receiving.Dispose();
    }
}
