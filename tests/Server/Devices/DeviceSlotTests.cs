using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;

namespace FastRelay.Server.Tests.Devices;

public sealed class DeviceSlotTests
{
    private static readonly TransportAddress Home = new(new UInt128(1, 2), 4000);
    private static readonly TransportAddress Elsewhere = new(new UInt128(1, 2), 4001);

    [Fact]
    public void A_device_takes_exactly_two_cache_lines_without_references()
    {
        Unsafe.SizeOf<DeviceSlot>().ShouldBe(128);
        RuntimeHelpers.IsReferenceOrContainsReferences<DeviceSlot>().ShouldBeFalse();
    }

    [Fact]
    public void What_a_check_reads_first_stands_in_the_first_line()
    {
        DeviceSlot slot = default;
        At(ref slot, ref Unsafe.As<DeviceSlot.Bytes32, byte>(ref slot.Key)).ShouldBe(0);
        At(ref slot, ref Unsafe.As<ReplayWindow, byte>(ref slot.Window)).ShouldBe(32);
        At(ref slot, ref Unsafe.As<SendCounter, byte>(ref slot.Counter)).ShouldBe(48);
        At(ref slot, ref Unsafe.As<DeviceLiveness, byte>(ref slot.Liveness)).ShouldBe(56);
        At(ref slot, ref Unsafe.As<DeviceId, byte>(ref slot.Device)).ShouldBe(80);
        At(ref slot, ref Unsafe.As<uint, byte>(ref slot.FailedTags)).ShouldBe(100);
        At(ref slot, ref Unsafe.As<uint, byte>(ref slot.Tag)).ShouldBe(104);
        At(ref slot, ref Unsafe.As<uint, byte>(ref slot.Prefix)).ShouldBe(116);
        At(ref slot, ref Unsafe.As<uint, byte>(ref slot.Record)).ShouldBe(120);
    }

    [Fact]
    public void Every_field_has_bytes_of_its_own()
    {
        DeviceSlot slot = default;
        MemoryMarshal.AsBytes(new Span<DeviceSlot>(ref slot))[..48].Fill(0xA5);
        slot.Liveness = DeviceLiveness.Unheard(75_000);
        slot.Device = new DeviceId(UInt128.MaxValue);
        slot.Tag = 0x11111111;
        slot.Generation = 0x22222222;
        slot.EndsMs = 604_800_000;
        slot.FailedTags = 0x33333333;
        slot.Prefix = 0x44444444;
        slot.Record = 0x55555555;
        slot.Counter.TryNext(out _);
        slot.Binding = new RestingBinding(Home.Ip, Home.Port, 0x66666666, IsBound: true, IsValidated: true);
        (slot.IsCountedOnline, slot.WheelKnows, slot.IsAside) = (true, false, true);

        slot.Binding.ShouldBe(new RestingBinding(Home.Ip, Home.Port, 0x66666666, IsBound: true, IsValidated: true));
        (slot.Tag, slot.Generation, slot.FailedTags, slot.Prefix, slot.Record).ShouldBe((0x11111111u, 0x22222222u, 0x33333333u, 0x44444444u, 0x55555555u));
        (slot.EndsMs, slot.Counter.Last, slot.Device.Value, slot.Liveness.DeadlineMs).ShouldBe((604_800_000, 1ul, UInt128.MaxValue, 75_000));
        (slot.IsBound, slot.IsValidated, slot.IsCountedOnline, slot.WheelKnows, slot.IsAside).ShouldBe((true, true, true, false, true));
        MemoryMarshal.AsBytes(new Span<DeviceSlot>(ref slot))[..48].ContainsAnyExcept((byte)0xA5).ShouldBeFalse();
    }

    [Fact]
    public void The_end_of_a_session_is_kept_in_seconds_never_early_and_centuries_ahead()
    {
        DeviceSlot slot = default;
        slot.EndsMs = 1_001;
        slot.EndsMs.ShouldBe(2_000);
        slot.EndsMs = 2_000;
        slot.EndsMs.ShouldBe(2_000);
        slot.EndsMs = 100L * 366 * 86_400_000;
        slot.EndsMs.ShouldBe(100L * 366 * 86_400_000);
        slot.EndsMs = long.MaxValue - 999;
        slot.EndsMs.ShouldBe(uint.MaxValue * 1000L);
    }

    [Fact]
    public void The_address_tag_that_is_kept_is_that_of_the_bound_address()
    {
        DeviceSlot slot = default;
        slot.AddressTagOf(Home, PlatformConnectionCrypto.Instance).ShouldBe(AddressTag.Of(Home), "nothing is bound");
        foreach (var bound in (TransportAddress[])[Home, Elsewhere, Home])
        {
            slot.Binding = new RestingBinding(bound.Ip, bound.Port, 0, IsBound: true, IsValidated: false);
            slot.AddressTagOf(Home, PlatformConnectionCrypto.Instance).ShouldBe(AddressTag.Of(Home));
            slot.AddressTagOf(Elsewhere, PlatformConnectionCrypto.Instance).ShouldBe(AddressTag.Of(Elsewhere));
        }
    }

    [Fact]
    public void A_slot_of_zeros_is_no_device()
    {
        DeviceSlot slot = default;
        (slot.IsBound, slot.IsValidated, slot.IsFrom(default), EquipmentList.IsOnline(slot, 0)).ShouldBe((false, false, false, false));
    }

    private static long At(ref DeviceSlot slot, ref byte field) => Unsafe.ByteOffset(ref Unsafe.As<DeviceSlot, byte>(ref slot), ref field);
}
