using System.Security.Cryptography;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Heartbeat;

/// <summary>The server's tickets and the keys that seal them (SPEC 7.9).</summary>
public sealed class TicketKeysTests : IDisposable
{
    private const uint Now = 1_790_000_000;
    private const uint Day = 24 * 3600;
    private const uint Week = 7 * Day;
    private static readonly byte[] SealKey = SHA256.HashData("seal"u8);
    private static readonly byte[] Auth = SHA256.HashData("auth"u8);
    private static readonly byte[] Root = SHA256.HashData("root"u8);
    private static readonly DeviceId Device = new((UInt128)0x4F4E08A772C02A84 << 64 | 0xC7CF9D308604959E);
    private static readonly UInt128 RegisteredIp = (UInt128)0xFFFF_CB00_7107;

    private readonly PlatformPacketAead _aead = new();
    private readonly SeededEntropy _entropy = new("tickets");
    private readonly byte[] _room = new byte[Ticket.ContentSize];

    public void Dispose() => _aead.Dispose();

    [Fact]
    public void A_ticket_opens_to_what_was_sealed()
    {
        var keys = Ring(epoch: 9);
        byte[] bytes = Seal(keys);
        bytes.Length.ShouldBe(144);
        keys.TryOpen(bytes, Now + Week - 1, _aead, _room, out var ticket).ShouldBe(RejectReason.None);
        ticket.AuthKey.ToArray().ShouldBe(Auth);
        ticket.RootKey.ToArray().ShouldBe(Root);
        (ticket.Device, ticket.RegisteredIp, ticket.Record, ticket.IssuedAt, ticket.ExpiresAt, ticket.Epoch)
            .ShouldBe((Device, RegisteredIp, 77u, Now, Now + Week, 9u));
        ticket.SecondsLeft(Now + Week - 1).ShouldBe(1u);
    }

    [Fact]
    public void A_ticket_is_the_bytes_of_the_SPEC()
    {
        byte[] file = Ring(epoch: 9, out var keys).Export(SealKey, _aead, _entropy);
        byte[] content = new byte[4 + 40];
        using (var seal = new AesGcm(SealKey, 16)) seal.Decrypt(file.AsSpan(8, 12), file.AsSpan(20, 44), file.AsSpan(64), content, file.AsSpan(0, 8));
        file[..8].ShouldBe([.. "FRTK"u8, 1, 1, 0, 0]);

        byte[] ticket = Seal(keys), opened = new byte[112];
        ticket[..4].ShouldBe(content[4..8]);
        using (var gcm = new AesGcm(content.AsSpan(12, 32), 16))
            gcm.Decrypt(ticket.AsSpan(4, 12), ticket.AsSpan(16, 112), ticket.AsSpan(128), opened, ticket.AsSpan(0, 4));
        byte[] device = new byte[16], ip = new byte[16];
        Device.Write(device);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(ip, RegisteredIp);
        opened.ShouldBe([.. device, .. Auth, .. Root, .. ip, 0, 0, 0, 77, .. Bytes(Now), .. Bytes(Now + Week), 0, 0, 0, 9]);
    }

    [Fact]
    public void Two_tickets_of_one_device_have_nothing_in_common_but_the_key_s_number()
    {
        var keys = Ring();
        byte[] first = Seal(keys), second = Seal(keys);
        first[..4].ShouldBe(second[..4]);
        Enumerable.Range(4, 140).Count(i => first[i] == second[i]).ShouldBeLessThan(12);
    }

    [Fact]
    public void Any_bit_flipped_any_byte_missing_and_any_byte_more_is_refused()
    {
        var keys = Ring();
        byte[] ticket = Seal(keys);
        foreach (var (bit, damaged) in MessageCorpus.BitFlips(ticket))
        {
            keys.TryOpen(damaged, Now, _aead, _room, out _).ShouldBe(bit < 32 ? RejectReason.UnknownKey : RejectReason.BadTag, $"bit {bit}");
            _room.ShouldAllBe(b => b == 0);
        }
        foreach (byte[] prefix in MessageCorpus.Prefixes(ticket)) keys.TryOpen(prefix, Now, _aead, _room, out _).ShouldBe(RejectReason.BadLength);
        foreach (byte[] longer in MessageCorpus.WithTrailingBytes(ticket, most: 2)) keys.TryOpen(longer, Now, _aead, _room, out _).ShouldBe(RejectReason.BadLength);
    }

    [Fact]
    public void A_ticket_is_refused_from_the_second_on_at_which_it_ends_and_leaves_no_keys_behind()
    {
        var keys = Ring();
        keys.TryOpen(Seal(keys), Now + Week, _aead, _room, out _).ShouldBe(RejectReason.Expired);
        _room.ShouldAllBe(b => b == 0);
    }

    [Fact]
    public void Another_epoch_revokes_every_ticket_and_the_old_one_would_take_them_again()
    {
        var keys = Ring(epoch: 1);
        byte[] ticket = Seal(keys);
        var next = keys.WithEpoch(2);
        next.TryOpen(ticket, Now, _aead, _room, out _).ShouldBe(RejectReason.Revoked);
        _room.ShouldAllBe(b => b == 0);
        next.TryOpen(Seal(next), Now, _aead, _room, out _).ShouldBe(RejectReason.None);
        next.WithEpoch(1).TryOpen(ticket, Now, _aead, _room, out _).ShouldBe(RejectReason.None);
    }

    [Fact]
    public void A_key_is_replaced_when_it_is_a_day_old()
    {
        var keys = Ring();
        keys.Rotate(Now + Day - 1, Week, _entropy).ShouldBeSameAs(keys);
        var next = keys.Rotate(Now + Day, Week, _entropy);
        next.Count.ShouldBe(2);
        Seal(next)[..4].ShouldNotBe(Seal(keys)[..4]);
    }

    [Theory]
    [InlineData(Day)]
    [InlineData(3 * Day)]
    [InlineData(Week)]
    public void Every_ticket_opens_as_long_as_it_lives_and_its_key_goes_after_that(uint lifetime)
    {
        var keys = Ring();
        var given = new List<(byte[] Ticket, uint ExpiresAt)>();
        for (uint now = Now; now < Now + (3 * Week); now += Day / 4)
        {
            keys = keys.Rotate(now, lifetime, _entropy);
            given.Add((Seal(keys, now, now + lifetime), now + lifetime));
            foreach (var (ticket, expiresAt) in given)
            {
                var reason = keys.TryOpen(ticket, now, _aead, _room, out _);
                if (now < expiresAt) reason.ShouldBe(RejectReason.None);
                else reason.ShouldBeOneOf(RejectReason.Expired, RejectReason.UnknownKey);
            }
            keys.Count.ShouldBeLessThanOrEqualTo((int)(lifetime / Day) + 2);
        }
        keys.TryOpen(given[0].Ticket, Now, _aead, _room, out _).ShouldBe(RejectReason.UnknownKey);
    }

    [Fact]
    public void After_a_long_rest_there_is_one_new_key_and_none_whose_tickets_have_ended()
    {
        var keys = Ring().Rotate(Now + Day, Week, _entropy);
        keys.Rotate(Now + (60 * Day), Week, _entropy).Count.ShouldBe(2);
        keys.Rotate(Now + (60 * Day), Week, _entropy).Rotate(Now + (67 * Day), Week, _entropy).Count.ShouldBe(2);
    }

    [Fact]
    public void A_clock_set_back_by_more_than_a_day_makes_a_new_key_and_the_ring_stays_within_its_bound()
    {
        var keys = Ring();
        keys.Rotate(Now - Day + 1, Week, _entropy).ShouldBeSameAs(keys);
        for (uint day = 1; day < 60; day++) keys = keys.Rotate(Now - (day * Day), Week, _entropy);
        keys.Count.ShouldBe(TicketKeys.MaxKeys);
    }

    [Fact]
    public void A_forgotten_key_opens_nothing_and_is_not_zero()
    {
        var keys = Ring();
        var next = keys.Rotate(Now + Day, Week, _entropy);
        byte[] old = Seal(keys), present = Seal(next);
        next.Forget(next, _entropy);
        next.TryOpen(old, Now, _aead, _room, out _).ShouldBe(RejectReason.None);
        keys.Forget(null, _entropy);
        next.TryOpen(old, Now, _aead, _room, out _).ShouldBe(RejectReason.BadTag);
        next.TryOpen(present, Now, _aead, _room, out _).ShouldBe(RejectReason.None);

        byte[] forged = [.. old[..16], .. new byte[128]];
        _aead.Seal(new byte[32], forged.AsSpan(4, 12), new byte[112], forged.AsSpan(16, 112), forged.AsSpan(128), forged.AsSpan(0, 4));
        next.TryOpen(forged, Now, _aead, _room, out _).ShouldBe(RejectReason.BadTag);
    }

    [Fact]
    public void The_file_brings_the_whole_ring_back()
    {
        var keys = Ring(epoch: 5);
        byte[] ticket = Seal(keys);
        for (uint day = 1; day <= 30; day++) keys = keys.Rotate(Now + (day * Day), 40 * Day, _entropy);
        keys.Count.ShouldBe(TicketKeys.MaxKeys);
        byte[] late = Seal(keys);
        byte[] file = keys.Export(SealKey, _aead, _entropy);
        file.Length.ShouldBe(TicketKeys.MaxFileSize);
        TicketKeys.Import(file, SealKey, _aead, out var again).ShouldBe(RejectReason.None);
        again.ShouldNotBeNull();
        (again.Epoch, again.Count).ShouldBe((5u, keys.Count));
        again.TryOpen(late, Now, _aead, _room, out _).ShouldBe(RejectReason.None);
        again.TryOpen(ticket, Now, _aead, _room, out _).ShouldBe(RejectReason.UnknownKey);
        again.Rotate(Now + (31 * Day) - 1, 40 * Day, _entropy).ShouldBeSameAs(again, "it knows when its key was made");
    }

    [Fact]
    public void A_damaged_file_or_one_of_another_node_is_refused_with_its_reason()
    {
        byte[] file = Ring().Export(SealKey, _aead, _entropy);
        foreach (var (bit, damaged) in MessageCorpus.BitFlips(file))
        {
            RejectReason expected = (bit / 8) switch
            {
                < 4 => RejectReason.BadMagic,
                4 => RejectReason.BadVersion,
                5 => RejectReason.BadLength,
                _ => RejectReason.BadTag,
            };
            TicketKeys.Import(damaged, SealKey, _aead, out var keys).ShouldBe(expected, $"bit {bit}");
            keys.ShouldBeNull();
        }
        foreach (byte[] prefix in MessageCorpus.Prefixes(file))
            TicketKeys.Import(prefix, SealKey, _aead, out _).ShouldBeOneOf(RejectReason.BadMagic, RejectReason.BadLength);
        TicketKeys.Import([.. file, 0], SealKey, _aead, out _).ShouldBe(RejectReason.BadLength);
        TicketKeys.Import(file, Auth, _aead, out _).ShouldBe(RejectReason.BadTag);
        file.AsSpan().IndexOf(Seal(Ring()).AsSpan(0, 4)).ShouldBe(-1, "the keys' numbers aren't in clear");
    }

    [Fact]
    public void Sealing_and_opening_allocate_and_throw_nothing()
    {
        var keys = Ring();
        byte[] ticket = Seal(keys), forged = [.. ticket], buffer = new byte[144];
        forged[^1] ^= 1;
        var entropy = new Zeros();
        Quiet.ShouldAllocateAndThrowNothing(() =>
        {
            keys.TryOpen(ticket, Now, _aead, _room, out _);
            keys.TryOpen(forged, Now, _aead, _room, out _);
            keys.TryOpen(forged.AsSpan(1), Now, _aead, _room, out _);
            keys.Seal(Content(Now, Now + Week), buffer, _aead, entropy);
        });
    }

    [Fact]
    public void Half_of_a_ticket_s_life_passes_once()
    {
        var ticket = Content(Now, Now + 100);
        ticket.IsPastHalf(Now).ShouldBeFalse();
        ticket.IsPastHalf(Now + 50).ShouldBeFalse();
        ticket.IsPastHalf(Now + 51).ShouldBeTrue();
        ticket.IsPastHalf(Now + 200).ShouldBeTrue();
        ticket.SecondsLeft(Now + 200).ShouldBe(0u);
        var turning = Content(uint.MaxValue - 10, 89);
        turning.SecondsLeft(uint.MaxValue).ShouldBe(90u, "the counter turns in 2106");
        turning.IsPastHalf(40).ShouldBeTrue();
    }

    [Fact]
    public void Keys_of_another_size_are_a_bug_of_the_caller() =>
        Should.Throw<InvalidOperationException>(() => Ring().Seal(
            new Ticket { Device = Device, AuthKey = Auth, RootKey = Root.AsSpan(1), RegisteredIp = 0, Record = 0, IssuedAt = 0, ExpiresAt = 0 },
            new byte[144], _aead, _entropy));

    private TicketKeys Ring(uint epoch = 1) => TicketKeys.Create(epoch, Now, _entropy);

    private TicketKeys Ring(uint epoch, out TicketKeys same) => same = Ring(epoch);

    private byte[] Seal(TicketKeys keys, uint now = Now, uint expires = Now + Week)
    {
        byte[] ticket = new byte[Ticket.Size];
        keys.Seal(Content(now, expires), ticket, _aead, _entropy);
        return ticket;
    }

    private static Ticket Content(uint now, uint expires) => new()
    {
        Device = Device,
        AuthKey = Auth,
        RootKey = Root,
        RegisteredIp = RegisteredIp,
        Record = 77,
        IssuedAt = now,
        ExpiresAt = expires,
    };

    private static byte[] Bytes(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private sealed class Zeros : IEntropy
    {
        public void Fill(Span<byte> destination) => destination.Clear();

        public ECDiffieHellman CreateEphemeral(ECCurve curve) => ECDiffieHellman.Create(curve);
    }
}
