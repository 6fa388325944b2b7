using System.Globalization;

namespace FastRelay.Protocol;

/// <summary>What is wrong with a device ID as a person typed it (SPEC 3.2). <see cref="ToString"/> says it in words for that person.</summary>
/// <param name="Kind">Which rule it breaks.</param>
/// <param name="Position">
/// Counted from 1: the character for <see cref="DeviceIdTextErrorKind.Character"/>, the likely wrong symbol (without dashes and spaces) for
/// <see cref="DeviceIdTextErrorKind.OneSymbol"/>, the number of symbols for <see cref="DeviceIdTextErrorKind.Length"/>; else 0.
/// </param>
/// <param name="Found">The character found there, or NUL.</param>
/// <param name="Likely">The symbol that would make the ID right, or NUL. A guess: with two wrong symbols it misleads, so it is told, never applied.</param>
public readonly record struct DeviceIdTextError(DeviceIdTextErrorKind Kind, int Position, char Found, char Likely)
{
    /// <summary>Nothing is wrong.</summary>
    public static DeviceIdTextError None => default;

    internal static DeviceIdTextError Checksum => new(DeviceIdTextErrorKind.Checksum, 0, '\0', '\0');

    internal static DeviceIdTextError Padding => new(DeviceIdTextErrorKind.Padding, 0, '\0', '\0');

    /// <summary>What is wrong, one sentence without a full stop; empty when nothing is.</summary>
    public override string ToString() => Kind switch
    {
        DeviceIdTextErrorKind.None => "",
        DeviceIdTextErrorKind.Character => Invariant($"character {Position} ({Printable(Found)}) is never part of a device ID"),
        DeviceIdTextErrorKind.Length => Invariant($"a device ID has 28 letters and digits, this one has {Position}"),
        DeviceIdTextErrorKind.OneSymbol => Invariant(
            $"it doesn't pass its check; probably symbol {Place(Position)} is wrong ('{Found}' where '{Likely}' would fit)"),
        DeviceIdTextErrorKind.Checksum => "it doesn't pass its check; at least two letters or digits are wrong or swapped",
        _ => "it isn't a device ID of this version",
    };

    internal static DeviceIdTextError Character(int position, char found) => new(DeviceIdTextErrorKind.Character, position, found, '\0');

    internal static DeviceIdTextError WrongLength(int symbols) => new(DeviceIdTextErrorKind.Length, symbols, '\0', '\0');

    internal static DeviceIdTextError OneSymbol(int position, char found, char likely) =>
        new(DeviceIdTextErrorKind.OneSymbol, position, found, likely);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A person finds the third symbol of the second group sooner than the tenth of all.
    private static string Place(int position) => Invariant($"{(position - 1) % 7 + 1} of group {(position - 1) / 7 + 1}");

    private static string Printable(char c) => c is > ' ' and <= '~' ? $"'{c}'" : Invariant($"U+{(int)c:X4}");
}
