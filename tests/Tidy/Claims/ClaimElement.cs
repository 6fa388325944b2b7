namespace FastRelay.Tidy.Tests.Claims;

/// <summary>One row of docs/claims.md.</summary>
/// <param name="Claim">The claim's number.</param>
/// <param name="Quotation">The element in the claim's words.</param>
/// <param name="Sections">Of the SPEC.</param>
/// <param name="Messages">The SPEC's names of messages.</param>
/// <param name="Members">Types, or types and members.</param>
/// <param name="Tests">Classes and methods.</param>
internal sealed record ClaimElement(
    int Claim, string Quotation, IReadOnlyList<string> Sections, IReadOnlyList<string> Messages, IReadOnlyList<string> Members, IReadOnlyList<string> Tests)
{
    public override string ToString() => $"claim {Claim}, “{Quotation}”";
}
