using System.Reflection;
using System.Text.RegularExpressions;

namespace FastRelay.Tidy.Tests.Claims;

/// <summary>docs/claims.md says where each element of each claim is met and proved; this says whether that is so.</summary>
public sealed partial class ClaimsTests
{
    private const int NumberOfClaims = 34;
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly string[] TestProjects =
        ["tests/Protocol", "tests/Engine", "tests/Server", "tests/Equipment", "tests/Interop", "tests/System"];

    private static readonly IReadOnlyList<ClaimElement> Elements = ClaimsDocument.Read();

    private static readonly Lazy<ILookup<string, TestMethod>> Tests =
        new(() => TestProjects.SelectMany(project => Repository.Built(project).Tests).ToLookup(test => test.Name));

    [Fact]
    public void Each_of_the_34_claims_has_elements() =>
        Elements.Select(element => element.Claim).Distinct().Order().ShouldBe(Enumerable.Range(1, NumberOfClaims));

    [Fact]
    public void Each_element_names_a_section_a_member_and_a_test() =>
        Elements.Where(element => element.Sections.Count == 0 || element.Members.Count == 0 || element.Tests.Count == 0)
            .Select(element => element.ToString()).ShouldBeEmpty();

    [Fact]
    public void Each_named_section_and_message_is_in_the_SPEC()
    {
        string spec = Repository.Read("protocol/SPEC.md");
        HashSet<string> sections = [.. SpecHeading().Matches(spec).Select(match => match.Groups["number"].Value)];
        HashSet<string> words = [.. SpecWord().Matches(spec).Select(match => match.Value)];
        Elements.SelectMany(element => element.Sections.Except(sections).Concat(element.Messages.Except(words)).Select(name => $"{element}: {name}"))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Each_named_type_and_member_exists()
    {
        var types = new[] { "FastRelay.Protocol", "FastRelay.Engine", "FastRelay.Server", "FastRelay.Equipment", "fastrelay" }
            .SelectMany(name => Assembly.Load(name).GetTypes())
            .ToLookup(type => type.Name.Split('`')[0]);
        Elements.SelectMany(element => element.Members.Where(name => !Exists(types, name)).Select(name => $"{element}: {name}")).ShouldBeEmpty();
    }

    [Fact]
    public void Each_named_test_exists_and_carries_the_claim() =>
        Elements.SelectMany(element => element.Tests
                .Where(name => !Tests.Value[name].Any(test => test.Claims.Contains($"{element.Claim}")))
                .Select(name => Tests.Value.Contains(name)
                    ? $"{element}: {name} lacks [Trait(\"Claim\", \"{element.Claim}\")]"
                    : $"{element}: there is no test {name}"))
            .Distinct().ShouldBeEmpty();

    [Fact]
    public void No_test_carries_a_claim_that_is_not_one() =>
        Tests.Value.SelectMany(group => group).SelectMany(test => test.Claims.Select(claim => (test.Name, claim)))
            .Where(pair => !int.TryParse(pair.claim, out int number) || number is < 1 or > NumberOfClaims).ShouldBeEmpty();

    private static bool Exists(ILookup<string, Type> types, string name)
    {
        string[] parts = name.Split('.');
        return types[parts[0]].Any(type => parts.Length == 1 || type.GetMember(parts[1], Any).Length > 0);
    }

    [GeneratedRegex(@"^#+ (?<number>\d+(\.\d+)?)[. ]", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex SpecHeading();

    [GeneratedRegex("[A-Z][A-Z0-9_]+")]
    private static partial Regex SpecWord();
}
