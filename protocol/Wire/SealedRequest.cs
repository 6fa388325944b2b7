namespace FastRelay.Protocol.Wire;

/// <summary>
/// CONNECT2_FAST, server → device (SPEC 7.8): the second connection request signal as the response to the registration signal. 40 bytes and the body, at most 1,200.
/// <code> 0 0x19   1 flags   2 u16 n   4 cid   12 ctr   20 u32 0   24 encrypted body n   24+n tag</code>
/// </summary>
/// <remarks>Makes a message of its parts; the body isn't copied.</remarks>
public readonly ref struct SealedRequest(Cid cid, ulong counter, ReadOnlySpan<byte> body)
{
    /// <summary>The session.</summary>
    public Cid Cid { get; } = cid;

    /// <summary>The sender's counter, 1 to 2⁶⁰.</summary>
    public ulong Counter { get; } = counter;

    /// <summary>The content of CONNECT2 (SPEC 6.8), at most <see cref="DatagramLimits.MaxBody"/> bytes.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>Bytes on the wire.</summary>
    public int Size => SealedDatagram.Overhead + Body.Length;

    /// <summary>Verifies and decrypts. Allocates and throws nothing with a warm key.</summary>
    /// <param name="datagram">Exactly the datagram.</param>
    /// <param name="key">K_udp of the session, 32 bytes.</param>
    /// <param name="aead">The worker's authenticator.</param>
    /// <param name="buffer">The caller's room for the body, at least <see cref="DatagramLimits.MaxBody"/> bytes; the message views it.</param>
    /// <param name="message">The message; default unless the result is <see cref="RejectReason.None"/>.</param>
    public static RejectReason TryOpen(
        ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> key, IPacketAead aead, Span<byte> buffer, out SealedRequest message)
    {
        RejectReason reason = SealedDatagram.TryOpen(
            datagram, DatagramType.SealedRequest, DatagramDirection.FromServer, key, aead, buffer, out DatagramHeader header, out Span<byte> body);
        message = reason == RejectReason.None ? new SealedRequest(header.Cid, header.Counter, body) : default;
        return reason;
    }

    /// <summary>Writes and seals <see cref="Size"/> bytes, and returns that number. A body that doesn't fit is a bug of the caller and throws.</summary>
    public int Seal(Span<byte> destination, ReadOnlySpan<byte> key, IPacketAead aead) =>
        SealedDatagram.Seal(destination, DatagramType.SealedRequest, DatagramDirection.FromServer, Cid, Counter, Body, key, aead);
}
