using System.Xml;

namespace FastRelay.Load.Reports.Html;

/// <summary>Text for a page.</summary>
internal static class HtmlText
{
    /// <summary>The text with what no XML may hold (control characters, halves of surrogate pairs) replaced by U+FFFD. Markup is escaped by the writer.</summary>
    public static string Clean(string text)
    {
        bool clean = true;
        for (int i = 0; i < text.Length && clean; i++) clean = XmlConvert.IsXmlChar(text[i]);
        return clean ? text : string.Concat(text.EnumerateRunes().Select(r => IsXml(r.Value) ? r.ToString() : "\uFFFD"));
    }

    private static bool IsXml(int value) => value is '\t' or '\n' or '\r' or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or >= 0x10000;
}
