using System.Globalization;

namespace FastRelay.Server.Options;

/// <summary>Durations as operators write them: a whole number and a unit, <c>500ms 25s 10m 2h 7d</c>.</summary>
public static class DurationText
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    /// <summary>Reads a duration. False when the text isn't one, or lies beyond a thousand years.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = default;
        text = text.Trim();
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || digits > 12) return false;
        long number = long.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        var unit = text[digits..];
        foreach (var (name, ticks) in Units)
        {
            if (!unit.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            if (number > TimeSpan.TicksPerDay * 365_000 / ticks) return false;
            value = new TimeSpan(number * ticks);
            return true;
        }
        return false;
    }

    /// <summary>The shortest exact form, in the largest unit that divides it; down to milliseconds.</summary>
    public static string Format(TimeSpan value)
    {
        for (int i = Units.Length - 1; i > 0; i--)
        {
            if (value.Ticks != 0 && value.Ticks % Units[i].Ticks == 0)
                return (value.Ticks / Units[i].Ticks).ToString(CultureInfo.InvariantCulture) + Units[i].Unit;
        }
        return (value.Ticks / TimeSpan.TicksPerMillisecond).ToString(CultureInfo.InvariantCulture) + "ms";
    }
}
