using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Devices;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Tests.Standalone;

public sealed class WorkerAeadTests
{
    private readonly EventList _log = new();

    [Fact]
    public void With_the_instructions_a_worker_uses_them_and_says_nothing()
    {
        Assert.SkipUnless(HardwareGcm.WhyUnsupported is null, HardwareGcm.WhyUnsupported ?? "");
        using var aead = WorkerAead.Create(Events());
        aead.ShouldBeOfType<HardwarePacketAead>();
        Tag(aead).ShouldBe(Tag(new PlatformPacketAead()));
        _log.Events.ShouldBeEmpty();
    }

    [Fact]
    public void Without_them_it_uses_libcrypto()
    {
        Assert.SkipUnless(LibCryptoGcm.WhyUnsupported is null, LibCryptoGcm.WhyUnsupported ?? "");
        using var aead = WorkerAead.Create("no such instructions", whyNoLibCrypto: null, Events());
        aead.ShouldBeOfType<LibCryptoPacketAead>();
        Tag(aead).ShouldBe(Tag(new PlatformPacketAead()));
        _log.Events.ShouldBeEmpty();
    }

    [Fact]
    public void Without_either_the_platform_does_the_work_and_one_line_says_why()
    {
        using var aead = WorkerAead.Create("no such instructions", "there is no such library", Events());
        aead.ShouldBeOfType<PlatformPacketAead>();
        var (id, text) = _log.Events.ShouldHaveSingleItem();
        id.ShouldBe(1011);
        text.ShouldEndWith("no such instructions; there is no such library");
    }

    private ServerEvents Events() => new(_log, TimeProvider.System);

    private static byte[] Tag(IPacketAead aead)
    {
        byte[] tag = new byte[PacketAeadExtensions.TagSize];
        aead.Seal(new byte[PacketAeadExtensions.KeySize], new byte[PacketAeadExtensions.NonceSize], [], [], tag, "aad"u8);
        return tag;
    }
}
