using System.Buffers.Binary;

namespace FastRelay.Protocol.Wire;

/// <summary>What CONNECT2_FAST and ANSWER_FAST share (SPEC 7.8).</summary>
internal static class SealedDatagram
{
    /// <summary>Bytes around the body.</summary>
    public const int Overhead = DatagramHeader.BodyAt + PacketAeadExtensions.TagSize;

    public static RejectReason TryOpen(
        ReadOnlySpan<byte> datagram, DatagramType type, DatagramDirection direction, ReadOnlySpan<byte> key, IPacketAead aead,
        Span<byte> buffer, out DatagramHeader header, out Span<byte> body)
    {
        body = default;
        RejectReason reason = DatagramHeader.TryRead(datagram, type, out header);
        if (reason != RejectReason.None) return reason;
        int length = datagram.Length - Overhead;
        if (length > buffer.Length) return RejectReason.TooLong;
        reason = DatagramCipher.Open(datagram, buffer[..length], direction, key, aead);
        if (reason == RejectReason.None) body = buffer[..length];
        return reason;
    }

    public static int Seal(
        Span<byte> destination, DatagramType type, DatagramDirection direction, Cid cid, ulong counter, ReadOnlySpan<byte> body,
        ReadOnlySpan<byte> key, IPacketAead aead)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, DatagramLimits.MaxBody, nameof(body));
        Span<byte> datagram = destination[..(Overhead + body.Length)];
        DatagramHeader.Write(datagram, type, 0, (ushort)body.Length, cid, counter);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[DatagramHeader.DetailAt..], 0);
        DatagramCipher.Seal(datagram, body, direction, key, aead);
        return datagram.Length;
    }
}
