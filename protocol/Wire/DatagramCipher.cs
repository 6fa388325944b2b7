using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>
/// The sealing that all datagrams share (SPEC 7.1): <c>header ‖ encrypted body ‖ tag</c>, with everything before the body as
/// associated data and <c>nonce = u32 direction ‖ u64 ctr</c>.
/// </summary>
internal static class DatagramCipher
{
    /// <summary>Seals in place: the header stands in <paramref name="datagram"/> already, the rest is filled.</summary>
    /// <param name="datagram">Exactly the datagram: header, room for the body, room for the tag.</param>
    public static void Seal(
        Span<byte> datagram, ReadOnlySpan<byte> body, DatagramDirection direction, ReadOnlySpan<byte> key, IPacketAead aead)
    {
        int bodyAt = datagram.Length - PacketAeadExtensions.TagSize - body.Length;
        Span<byte> nonce = stackalloc byte[PacketAeadExtensions.NonceSize];
        WriteNonce(nonce, direction, datagram);
        aead.Seal(key, nonce, body, datagram.Slice(bodyAt, body.Length), datagram[^PacketAeadExtensions.TagSize..], datagram[..bodyAt]);
    }

    /// <summary>Checks the tag and, where there is a body, decrypts it. On failure <paramref name="body"/> is cleared.</summary>
    /// <param name="body">As long as the encrypted body; empty when the datagram has none.</param>
    public static RejectReason Open(
        ReadOnlySpan<byte> datagram, Span<byte> body, DatagramDirection direction, ReadOnlySpan<byte> key, IPacketAead aead)
    {
        int bodyAt = datagram.Length - PacketAeadExtensions.TagSize - body.Length;
        Span<byte> nonce = stackalloc byte[PacketAeadExtensions.NonceSize];
        WriteNonce(nonce, direction, datagram);
        ReadOnlySpan<byte> tag = datagram[^PacketAeadExtensions.TagSize..];
        bool good = body.IsEmpty
            ? aead.Verify(key, nonce, tag, datagram[..bodyAt])
            : aead.TryOpen(key, nonce, datagram.Slice(bodyAt, body.Length), tag, body, datagram[..bodyAt]);
        return good ? RejectReason.None : RejectReason.BadTag;
    }

    private static void WriteNonce(Span<byte> nonce, DatagramDirection direction, ReadOnlySpan<byte> datagram)
    {
        BinaryPrimitives.WriteUInt32BigEndian(nonce, (uint)direction);
        datagram.Slice(DatagramHeader.CounterAt, sizeof(ulong)).CopyTo(nonce[sizeof(uint)..]);
    }
}
