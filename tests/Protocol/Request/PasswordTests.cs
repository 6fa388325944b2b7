using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tests.EndToEnd;

namespace FastRelay.Protocol.Tests.Request;

public sealed class PasswordTests
{
    private static readonly DeviceId Device = DeviceId.Read(Convert.FromHexString("4f4e08a772c02a84c7cf9d308604959e"));
    private static readonly byte[] Salt = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");

    [Fact]
    public void The_password_that_an_independent_implementation_stretched_comes_out_the_same()
    {
        byte[] clientKey = new byte[32], storedKey = new byte[32];
        PasswordStretcher.ClientKey("correct horse", Device, Salt, 600_000, clientKey);
        PasswordStretcher.StoredKey(clientKey, storedKey);
        Convert.ToHexStringLower(clientKey).ShouldBe("c450d37a69b0a4b8d505bb79df5147cc247618c1027fbb62a80420e40a9f806c");
        Convert.ToHexStringLower(storedKey).ShouldBe("0723b261e672f2a096adbbd1ad0e23b6ec0719786495962f9fbc7d3632db3662");
    }

    [Fact]
    public void The_right_password_verifies_and_a_wrong_one_does_not()
    {
        var parties = Parties.Shared;
        parties.DevicePassword.Verify(parties.ClientKey).ShouldBeTrue();
        parties.DevicePassword.Verify(parties.Stretch("Correct horse")).ShouldBeFalse();
    }

    [Fact]
    public void Any_bit_of_a_client_key_counts()
    {
        byte[] key = [.. Parties.Shared.ClientKey];
        for (int bit = 0; bit < 256; bit++)
        {
            key[bit / 8] ^= (byte)(1 << (bit % 8));
            Parties.Shared.DevicePassword.Verify(key).ShouldBeFalse($"bit {bit}");
            key[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Parties.Shared.DevicePassword.Verify(key.AsSpan(0, 31)).ShouldBeFalse();
    }

    [Fact]
    public void No_password_is_refused_even_where_it_is_what_is_stored()
    {
        byte[] storedKey = new byte[32];
        PasswordStretcher.StoredKey(new byte[32], storedKey);
        new DevicePassword(Salt, 100_000, storedKey).Verify(new byte[32]).ShouldBeFalse();
    }

    [Fact]
    public void An_empty_password_is_not_accepted()
    {
        Should.Throw<ArgumentException>(() => DevicePassword.Create(Device, "", SystemEntropy.Instance, 100_000));
        Should.Throw<ArgumentException>(() => PasswordStretcher.ClientKey("", Device, Salt, 100_000, new byte[32]));
    }

    [Theory]
    [InlineData(99_999)]
    [InlineData(2_000_001)]
    public void Iterations_out_of_bounds_are_not_accepted(int iterations) =>
        Should.Throw<ArgumentOutOfRangeException>(() => PasswordStretcher.ClientKey("x", Device, Salt, iterations, new byte[32]));

    [Fact]
    public void The_same_letters_typed_composed_or_decomposed_are_one_password()
    {
        byte[] composed = new byte[32], decomposed = new byte[32];
        PasswordStretcher.ClientKey("Gr\u00FC\u00DFe", Device, Salt, 100_000, composed);
        PasswordStretcher.ClientKey("Gru\u0308\u00DFe", Device, Salt, 100_000, decomposed);
        decomposed.ShouldBe(composed);
    }

    [Fact]
    public void One_password_on_two_devices_has_two_client_keys()
    {
        byte[] here = new byte[32], there = new byte[32];
        PasswordStretcher.ClientKey("correct horse", Device, Salt, 100_000, here);
        PasswordStretcher.ClientKey("correct horse", new DeviceId(1), Salt, 100_000, there);
        there.ShouldNotBe(here);
    }

    [Fact]
    public void A_password_of_broken_unicode_or_absurd_length_is_not_accepted()
    {
        Should.Throw<ArgumentException>(() => PasswordStretcher.ClientKey("\uD800", Device, Salt, 100_000, new byte[32]));
        Should.Throw<ArgumentException>(() => PasswordStretcher.ClientKey(new string('x', 1025), Device, Salt, 100_000, new byte[32]));
    }
}
