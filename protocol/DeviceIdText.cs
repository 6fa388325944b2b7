namespace FastRelay.Protocol;

/// <summary>
/// The text form of a device ID (SPEC 3.2): 26 symbols of 5 bits and two check symbols, a Reed-Solomon code over GF(32).
/// Any two wrong symbols are detected, and a single wrong one is located.
/// </summary>
internal static class DeviceIdText
{
    public const int Symbols = 28;
    public const int Length = Symbols + 3;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int DataSymbols = 26;
    private const int PaddingMask = 0b11;
    private const int GroupSize = 7;

    public static string Format(DeviceId id) => string.Create(Length, id, static (text, id) =>
    {
        Span<byte> symbols = stackalloc byte[Symbols];
        Encode(id, symbols);
        int at = 0;
        for (int i = 0; i < Symbols; i++)
        {
            if (i > 0 && i % GroupSize == 0) text[at++] = '-';
            text[at++] = Alphabet[symbols[i]];
        }
    });

    public static DeviceIdTextError Parse(ReadOnlySpan<char> text, out DeviceId id)
    {
        id = default;
        Span<byte> symbols = stackalloc byte[Symbols];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is ' ' or '-') continue;
            int symbol = SymbolOf(text[i]);
            if (symbol < 0) return DeviceIdTextError.Character(i + 1, text[i]);
            if (count < Symbols) symbols[count] = (byte)symbol;
            count++;
        }
        if (count != Symbols) return DeviceIdTextError.WrongLength(count);

        (int s1, int s2) = Syndromes(symbols);
        if ((s1 | s2) != 0) return Locate(symbols, s1, s2);
        if ((symbols[DataSymbols - 1] & PaddingMask) != 0) return DeviceIdTextError.Padding;
        id = Decode(symbols);
        return DeviceIdTextError.None;
    }

    private static void Encode(DeviceId id, Span<byte> symbols)
    {
        for (int i = 0; i < DataSymbols - 1; i++) symbols[i] = (byte)(ulong)((id.Value >> (123 - 5 * i)) & 31);
        symbols[DataSymbols - 1] = (byte)((ulong)(id.Value & 7) << 2);

        // Remainder of the data, shifted by two places, divided by (x + α)(x + α²) = x² + 6x + 8.
        int high = 0, low = 0;
        foreach (byte symbol in symbols[..DataSymbols])
        {
            int carry = symbol ^ high;
            high = low ^ Gf32.Multiply(carry, 6);
            low = Gf32.Multiply(carry, 8);
        }
        symbols[DataSymbols] = (byte)high;
        symbols[DataSymbols + 1] = (byte)low;
    }

    private static DeviceId Decode(ReadOnlySpan<byte> symbols)
    {
        UInt128 value = 0;
        foreach (byte symbol in symbols[..(DataSymbols - 1)]) value = (value << 5) | symbol;
        return new DeviceId((value << 3) | (uint)(symbols[DataSymbols - 1] >> 2));
    }

    private static (int S1, int S2) Syndromes(ReadOnlySpan<byte> symbols)
    {
        // Horner's rule at α and at α².
        int s1 = 0, s2 = 0;
        foreach (byte symbol in symbols)
        {
            s1 = Gf32.Multiply(s1, 2) ^ symbol;
            s2 = Gf32.Multiply(s2, 4) ^ symbol;
        }
        return (s1, s2);
    }

    private static DeviceIdTextError Locate(ReadOnlySpan<byte> symbols, int s1, int s2)
    {
        // One wrong symbol e at the power p gives s1 = e·αᵖ and s2 = e·α²ᵖ. Either sum zero, or a power beyond
        // the word, means that more than one symbol is wrong.
        if (s1 == 0 || s2 == 0) return DeviceIdTextError.Checksum;
        int power = Gf32.Log(s2) - Gf32.Log(s1);
        if (power < 0) power += Gf32.Order;
        if (power >= Symbols) return DeviceIdTextError.Checksum;
        int position = Symbols - 1 - power;
        int right = symbols[position] ^ Gf32.Divide(s1, Gf32.Power(power));
        if (position == DataSymbols - 1 && (right & PaddingMask) != 0) return DeviceIdTextError.Checksum;
        return DeviceIdTextError.OneSymbol(position + 1, Alphabet[symbols[position]], Alphabet[right]);
    }

    private static int SymbolOf(char c) => c switch
    {
        'O' or 'o' => 0,
        'I' or 'i' or 'L' or 'l' => 1,
        >= 'a' and <= 'z' => Alphabet.IndexOf((char)(c - 32), StringComparison.Ordinal),
        _ => Alphabet.IndexOf(c, StringComparison.Ordinal),
    };
}
