using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// What this server's ticket holds (SPEC 7.9): all that it needs to give a device its session back. A view over 112 bytes of the caller's,
/// which it clears when it is done with them: they hold keys.
/// <code>device_id 16 ‖ K_auth 32 ‖ K_root 32 ‖ registered ip16 ‖ u32 record ‖ u32 issued ‖ u32 expires ‖ u32 epoch</code>
/// </summary>
public readonly ref struct Ticket
{
    /// <summary>Bytes of the content.</summary>
    public const int ContentSize = 112;

    /// <summary>Bytes of the ticket that a device keeps: the content sealed by <see cref="TicketKeys"/>.</summary>
    public const int Size = TicketKeys.Overhead + ContentSize;

    /// <summary>The device that the ticket was given to.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>K_auth, 32 bytes.</summary>
    public required ReadOnlySpan<byte> AuthKey { get; init; }

    /// <summary>K_root, 32 bytes.</summary>
    public required ReadOnlySpan<byte> RootKey { get; init; }

    /// <summary>The IP address from which the device registered by TCP (SPEC 7.6), as a big-endian number.</summary>
    public required UInt128 RegisteredIp { get; init; }

    /// <summary>The number under which the server keeps the device's descriptor; the server's own affair.</summary>
    public required uint Record { get; init; }

    /// <summary>When the ticket was made, Unix seconds.</summary>
    public required uint IssuedAt { get; init; }

    /// <summary>When the ticket, and every session that it brings, ends, Unix seconds.</summary>
    public required uint ExpiresAt { get; init; }

    /// <summary>The epoch of the server that made it. Set by opening: a ticket is always sealed with the epoch of its keys.</summary>
    public uint Epoch { get; private init; }

    /// <summary>Seconds that are left, at least 1 in a ticket that has just been opened.</summary>
    /// <param name="now">Unix seconds.</param>
    public uint SecondsLeft(uint now) => IsOver(now) ? 0 : unchecked(ExpiresAt - now);

    /// <summary>Whether half of the ticket's life has passed: then the server gives another without being asked.</summary>
    /// <param name="now">Unix seconds.</param>
    public bool IsPastHalf(uint now) => SecondsLeft(now) < unchecked(ExpiresAt - IssuedAt) / 2;

    /// <summary>Modulo 2³², so that the turn of the counter in 2106 is no event.</summary>
    internal bool IsOver(uint now) => unchecked((int)(ExpiresAt - now)) <= 0;

    internal static Ticket Read(ReadOnlySpan<byte> content)
    {
        var reader = new SpanReader(content);
        return new Ticket
        {
            Device = reader.DeviceId(),
            AuthKey = reader.Bytes(ResumeKeys.KeySize),
            RootKey = reader.Bytes(ResumeKeys.KeySize),
            RegisteredIp = reader.U128(),
            Record = reader.U32(),
            IssuedAt = reader.U32(),
            ExpiresAt = reader.U32(),
            Epoch = reader.U32(),
        };
    }

    /// <summary>Writes <see cref="ContentSize"/> bytes. Keys of another length are a bug of the caller and throw.</summary>
    internal void Write(Span<byte> destination, uint epoch)
    {
        if (AuthKey.Length != ResumeKeys.KeySize || RootKey.Length != ResumeKeys.KeySize)
            throw new InvalidOperationException("A ticket's keys have 32 bytes each (SPEC 7.9).");
        var writer = new SpanWriter(destination);
        writer.DeviceId(Device);
        writer.Bytes(AuthKey);
        writer.Bytes(RootKey);
        writer.U128(RegisteredIp);
        writer.U32(Record);
        writer.U32(IssuedAt);
        writer.U32(ExpiresAt);
        writer.U32(epoch);
    }
}
