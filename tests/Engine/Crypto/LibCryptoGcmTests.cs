using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

public sealed class LibCryptoGcmTests : GcmTests
{
    private protected override string? WhyUnsupported => LibCryptoGcm.WhyUnsupported;

    [Fact]
    public void Linux_has_it()
    {
        if (OperatingSystem.IsLinux()) LibCryptoGcm.WhyUnsupported.ShouldBeNull();
        else LibCryptoGcm.WhyUnsupported.ShouldBe("not Linux");
    }

    private protected override GcmUnderTest? TryCreate() => LibCryptoGcm.TryCreate(out var gcm) ? new GcmUnderTest(gcm, gcm.Seal, gcm.TryOpen) : null;
}
