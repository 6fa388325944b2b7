using System.Runtime.Intrinsics.X86;
using FastRelay.Engine.Crypto;

namespace FastRelay.Engine.Tests.Crypto;

public sealed class HardwareGcmTests : GcmTests
{
    private protected override string? WhyUnsupported => HardwareGcm.WhyUnsupported;

    [Fact]
    public void A_processor_with_the_instructions_has_it() =>
        (HardwareGcm.WhyUnsupported is null).ShouldBe(Aes.IsSupported && Pclmulqdq.IsSupported && Ssse3.IsSupported);

    [Fact]
    public void An_implementation_that_errs_is_found_out()
    {
        Assert.SkipUnless(HardwareGcm.WhyUnsupported is null, HardwareGcm.WhyUnsupported ?? "");
        HardwareGcm.TryCreate(out var gcm).ShouldBeTrue();
        using var _ = gcm;
        GcmArguments.KnowsTheAnswers(gcm.Seal).ShouldBeTrue();
        GcmArguments.KnowsTheAnswers((key, nonce, plaintext, ciphertext, tag, aad) =>
        {
            gcm.Seal(key, nonce, plaintext, ciphertext, tag, aad);
            if (plaintext.Length > 16) tag[15] ^= 1;
        }).ShouldBeFalse();
    }

    private protected override GcmUnderTest? TryCreate() => HardwareGcm.TryCreate(out var gcm) ? new GcmUnderTest(gcm, gcm.Seal, gcm.TryOpen) : null;
}
