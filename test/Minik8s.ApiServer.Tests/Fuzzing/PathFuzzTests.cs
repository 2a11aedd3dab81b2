using System.Text.Json;
using System.Text.RegularExpressions;
using Minik8s.Api.CustomResources.Paths;
using Minik8s.Api.CustomResources.Schemas;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Paths of printed columns and patterns of schemas: put together from what they are made of, they are taken or refused, and come to an end.</summary>
public sealed class PathFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Steps = [".a", ".b", ".name", "..", ".*", "[*]", "[0]", "[-1]", "[1:]", "[::2]", "['a','b']", "[*,*]", "[?(@.a)]", "[?(@.a==1)]", "[?(@..b!='x')]", "[?(", ")]", "@", "[", "]", "\\", "'", "$", " ", "é", "[99999999999]"];

    private static readonly string[] Atoms =
        ["a", "b", ".", "\\d", "\\W", "[a-z]", "[^\\s]", "[[:alpha:]]", "\\pL", "\\p{Greek}", "(", "(?:", "(?i)", "(?P<n>", ")", "*", "+", "?", "*?", "{2}", "{1,3}", "{1000}", "{,2}", "|", "^", "$", "\\b", "\\Q.", "\\E", "\\x{41}", "\\x4", "[", "]", "\\", "{", "}", " ", "#", "\ud83d\ude00"];

    private readonly FuzzRun _run = new(output);

    [Fact]
    public void A_path_of_any_form_ends() => _run.Repeat((random, json) =>
    {
        var text = "." + string.Concat(Enumerable.Range(0, random.Next(random.Next(5) == 0 ? 60 : 8)).Select(_ => Steps[random.Next(Steps.Length)]));
        if (JsonPath.Parse(text, out var error) is not { } path)
        {
            Assert.NotEqual("", error);
            return;
        }

        using var document = JsonDocument.Parse(json.Any()?.ToJsonString() ?? "null");
        Assert.InRange(path.Find(document.RootElement).Count(), 0, 1_000_000);
    });

    [Fact]
    public void A_pattern_of_any_form_matches_or_gives_up() => _run.Repeat((random, _) =>
    {
        var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Atoms[random.Next(Atoms.Length)]));
        if (PatternTranslator.Compile(pattern, out var error) is not { } regex)
        {
            Assert.NotEqual("", error);
            return;
        }

        try
        {
            regex.IsMatch(string.Concat(Enumerable.Repeat("ab1", random.Next(2000))) + "!");
        }
        catch (RegexMatchTimeoutException)
        {
            // Given up, which is what bounds it.
        }
    });
}
