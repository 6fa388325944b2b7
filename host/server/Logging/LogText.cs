using System.Globalization;
using System.Text;

namespace FastRelay.Server.Logging;

/// <summary>Text that may go into a log line or a message to a person, whatever it was before.</summary>
public static class LogText
{
    private const int MostCharacters = 4096;

    /// <summary>
    /// Control characters, line and paragraph separators, and format characters (which turn text round) come out as <c>\uXXXX</c>;
    /// what is longer than 4,096 characters is cut.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= MostCharacters && !text.Any(NeedsEscape)) return text;
        var escaped = new StringBuilder(Math.Min(text.Length, MostCharacters) + 16);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MostCharacters)))
        {
            if (NeedsEscape(c)) escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else escaped.Append(c);
        }
        if (text.Length > MostCharacters) escaped.Append("...");
        return escaped.ToString();
    }

    private static bool NeedsEscape(char c) => char.GetUnicodeCategory(c) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or
        UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse;
}
