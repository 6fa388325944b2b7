using System.Security.Cryptography;
using FsCheck.Fluent;

namespace FastRelay.Protocol.Tests;

public sealed class DeviceIdTests
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private static readonly DeviceId Example = DeviceId.Read(Convert.FromHexString("00112233445566778899AABBCCDDEEFF"));

    [Fact]
    public void It_is_the_first_16_bytes_of_the_hash_of_the_key()
    {
        byte[] point = [4, .. Enumerable.Range(1, 64).Select(i => (byte)i)];
        byte[] expected = SHA256.HashData([.. "frl1 id"u8, .. point]);

        var bytes = new byte[16];
        DeviceId.FromPublicKey(point).Write(bytes);

        bytes.ShouldBe(expected[..16]);
    }

    [Fact]
    public void A_key_of_another_length_is_a_bug_of_the_caller() =>
        Should.Throw<ArgumentException>(() => DeviceId.FromPublicKey(new byte[64]));

    [Fact]
    public void It_takes_16_bytes_in_memory_and_on_the_wire()
    {
        DeviceId.Size.ShouldBe(16);
        System.Runtime.CompilerServices.Unsafe.SizeOf<DeviceId>().ShouldBe(16);
    }

    [Fact]
    public void Bytes_and_text_round_trip()
    {
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 255), 16).ToArbitrary(), numbers =>
        {
            byte[] bytes = [.. numbers.Select(n => (byte)n)];
            DeviceId id = DeviceId.Read(bytes);
            string text = id.ToString();
            var back = new byte[16];
            bool parsed = DeviceId.Parse(text, out DeviceId again) == DeviceIdTextError.None;
            again.Write(back);
            return parsed && again == id && again.GetHashCode() == id.GetHashCode() && back.SequenceEqual(bytes)
                && text.Length == 31 && text[7] == '-' && text[15] == '-' && text[23] == '-';
        }));
    }

    [Theory]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("00112233445566778899AABBCCDDEEFF")]
    [InlineData("80000000000000000000000000000001")]
    public void Its_symbols_are_the_bits_and_both_sums_of_the_SPEC_are_zero(string hex)
    {
        // Written from SPEC 3.2 alone: bits as a string, sums term by term, multiplication bit by bit.
        string text = DeviceId.Read(Convert.FromHexString(hex)).ToString().Replace("-", "", StringComparison.Ordinal);
        string bits = string.Concat(Convert.FromHexString(hex).Select(b => Convert.ToString(b, 2).PadLeft(8, '0'))) + "00";

        int[] s = [.. text.Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal))];
        s.Length.ShouldBe(28);
        for (int i = 0; i < 26; i++) s[i].ShouldBe(Convert.ToInt32(bits.Substring(i * 5, 5), 2));
        int s1 = 0, s2 = 0;
        for (int i = 0; i < 28; i++)
        {
            s1 ^= Multiply(s[i], Power(2, 27 - i));
            s2 ^= Multiply(s[i], Power(2, 2 * (27 - i)));
        }
        (s1, s2).ShouldBe((0, 0));
    }

    [Fact]
    public void Every_single_wrong_symbol_is_found_and_located()
    {
        string right = Example.ToString();
        int symbol = 0;
        for (int at = 0; at < right.Length; at++)
        {
            if (right[at] == '-') continue;
            symbol++;
            foreach (char wrong in Alphabet.Where(c => c != right[at]))
            {
                DeviceIdTextError error = DeviceId.Parse(Replace(right, at, wrong), out DeviceId id);
                error.ShouldBe(new DeviceIdTextError(DeviceIdTextErrorKind.OneSymbol, symbol, wrong, right[at]));
                id.ShouldBe(default);
            }
        }
    }

    [Fact]
    public void Every_two_wrong_symbols_are_detected()
    {
        string right = Example.ToString().Replace("-", "", StringComparison.Ordinal);
        var random = new Random(1);
        for (int i = 0; i < 28; i++)
        {
            for (int j = i + 1; j < 28; j++)
            {
                for (int n = 0; n < 60; n++)
                {
                    string wrong = Replace(Replace(right, i, Other(random, right[i])), j, Other(random, right[j]));
                    DeviceId.Parse(wrong, out _).Kind.ShouldBeOneOf(DeviceIdTextErrorKind.OneSymbol, DeviceIdTextErrorKind.Checksum);
                }
            }
        }
    }

    [Fact]
    public void Every_swap_of_two_symbols_is_detected()
    {
        string right = Example.ToString().Replace("-", "", StringComparison.Ordinal);
        for (int i = 0; i < 28; i++)
        {
            for (int j = i + 1; j < 28; j++)
            {
                if (right[i] == right[j]) continue;
                string swapped = Replace(Replace(right, i, right[j]), j, right[i]);
                DeviceId.Parse(swapped, out _).ShouldNotBe(DeviceIdTextError.None);
            }
        }
    }

    [Fact]
    public void Lower_case_look_alikes_spaces_and_missing_dashes_are_taken()
    {
        DeviceId id = DeviceId.Read(new byte[] { 0x08, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42 });
        string text = id.ToString();
        text.ShouldContain('0');
        text.ShouldContain('1');
        string[] typed =
        [
            text.ToLowerInvariant(), text.Replace('0', 'O'), text.Replace('0', 'o'), text.Replace('1', 'I'), text.Replace('1', 'l'),
            text.Replace('1', 'L'), text.Replace('1', 'i'), text.Replace("-", "", StringComparison.Ordinal), $"  {text.Replace('-', ' ')} ",
        ];
        foreach (string variant in typed)
        {
            DeviceId.Parse(variant, out DeviceId parsed).ShouldBe(DeviceIdTextError.None, variant);
            parsed.ShouldBe(id);
        }
    }

    [Theory]
    [InlineData('U', "character 3 ('U') is never part of a device ID")]
    [InlineData('_', "character 3 ('_') is never part of a device ID")]
    [InlineData('\n', "character 3 (U+000A) is never part of a device ID")]
    [InlineData('é', "character 3 (U+00E9) is never part of a device ID")]
    public void A_character_of_no_ID_is_named_with_its_place(char wrong, string words)
    {
        DeviceIdTextError error = DeviceId.Parse(Replace(Example.ToString(), 2, wrong), out _);
        error.Kind.ShouldBe(DeviceIdTextErrorKind.Character);
        error.ToString().ShouldBe(words);
    }

    [Fact]
    public void Every_other_length_is_refused()
    {
        string text = Example.ToString();
        for (int length = 0; length < text.Length; length++)
        {
            DeviceId.Parse(text.AsSpan(0, length), out _).Kind.ShouldBe(DeviceIdTextErrorKind.Length);
        }
        DeviceId.Parse(text + "0", out _).ToString().ShouldBe("a device ID has 28 letters and digits, this one has 29");
        DeviceId.Parse(new string('0', 100_000), out _).Position.ShouldBe(100_000);
    }

    [Fact]
    public void A_wrong_symbol_is_told_in_the_words_of_its_group()
    {
        string text = Example.ToString();
        char wrong = text[10] == 'Z' ? 'Y' : 'Z';
        DeviceId.Parse(Replace(text, 10, wrong), out _).ToString()
            .ShouldBe($"it doesn't pass its check; probably symbol 3 of group 2 is wrong ('{wrong}' where '{text[10]}' would fit)");
    }

    [Fact]
    public void Padding_that_is_not_zero_is_refused_though_the_sums_fit()
    {
        // The code is linear: add the code word of a single 1 in the last data symbol, whose check symbols are 6·1 and 8·1 carried once.
        string zero = default(DeviceId).ToString().Replace("-", "", StringComparison.Ordinal);
        int[] s = [.. zero.Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal))];
        s[25] ^= 1;
        s[26] ^= 6;
        s[27] ^= 8;
        string text = string.Concat(s.Select(n => Alphabet[n]));

        DeviceId.Parse(text, out _).Kind.ShouldBe(DeviceIdTextErrorKind.Padding);
    }

    private static char Other(Random random, char not)
    {
        char c;
        do c = Alphabet[random.Next(32)];
        while (c == not);
        return c;
    }

    private static string Replace(string text, int at, char with) => string.Concat(text.AsSpan(0, at), [with], text.AsSpan(at + 1));

    private static int Power(int of, int exponent)
    {
        int result = 1;
        for (int i = 0; i < exponent; i++) result = Multiply(result, of);
        return result;
    }

    private static int Multiply(int a, int b)
    {
        int product = 0;
        for (int bit = 0; bit < 5; bit++)
        {
            if ((b & (1 << bit)) != 0) product ^= a << bit;
        }
        for (int bit = 9; bit >= 5; bit--)
        {
            if ((product & (1 << bit)) != 0) product ^= 0b100101 << (bit - 5);
        }
        return product;
    }
}
