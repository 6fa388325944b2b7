using System.Globalization;
using System.Text.RegularExpressions;

namespace FastRelay.Tidy.Tests.Claims;

/// <summary>Reads docs/claims.md: a heading a claim, a table row an element.</summary>
internal static partial class ClaimsDocument
{
    private const int Columns = 4;

    public static IReadOnlyList<ClaimElement> Read()
    {
        var elements = new List<ClaimElement>();
        int claim = 0;
        foreach (string line in Repository.Read("docs/claims.md").Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } heading) claim = int.Parse(heading.Groups[1].Value, CultureInfo.InvariantCulture);
            else if (claim > 0 && line.StartsWith("| “", StringComparison.Ordinal)) elements.Add(Element(claim, line));
        }
        return elements;
    }

    private static ClaimElement Element(int claim, string line)
    {
        string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
        cells.Length.ShouldBe(Columns, $"a row of claim {claim} has {Columns} cells: {line}");
        string quotation = cells[0][1..cells[0].LastIndexOf('”')];
        return new ClaimElement(
            claim, quotation, [.. Section().Matches(cells[1]).Select(match => match.Value)], Names(cells[1]), Names(cells[2]), Names(cells[3]));
    }

    private static string[] Names(string cell) => [.. Name().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^### Claim (\d+):")]
    private static partial Regex Heading();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"(?<![\w`])\d+(\.\d+)?(?![\w`])")]
    private static partial Regex Section();
}
