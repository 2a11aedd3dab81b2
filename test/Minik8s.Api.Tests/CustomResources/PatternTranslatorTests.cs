using System.Diagnostics;
using System.Text.RegularExpressions;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Tests.CustomResources;

public sealed class PatternTranslatorTests
{
    [Theory]
    [InlineData("^a$", "a", true)]
    [InlineData("^a$", "a\n", false)]
    [InlineData(@"\d+", "٣", false)]
    [InlineData(@"^\w+\z", "a_1", true)]
    [InlineData(@"^[\w.-]+$", "a.b-c", true)]
    [InlineData(@"^[^\s]+$", "a b", false)]
    [InlineData(@"^\S+$", "ab", true)]
    [InlineData("^[[:alpha:]][[:digit:]]$", "a1", true)]
    [InlineData("^[[:^alpha:]]$", "1", null)]
    [InlineData("(?P<name>a)b", "ab", true)]
    [InlineData("(?i)ABC", "abc", true)]
    [InlineData(@"\Qa.b\E", "axb", false)]
    [InlineData(@"^\x{41}$", "A", true)]
    [InlineData(@"^\pL+$", "Ä", true)]
    [InlineData(@"^\p{Greek}$", "α", true)]
    [InlineData("a{2,3}$", "aaa", true)]
    [InlineData("a{,3}", "a{,3}", true)]
    [InlineData("a{1001}", "", null)]
    [InlineData("(a{100}){100}", "", null)]
    [InlineData("(?=a)", "", null)]
    [InlineData("(?<!a)b", "", null)]
    [InlineData(@"(a)\1", "", null)]
    [InlineData("(a", "", null)]
    [InlineData("a)", "", null)]
    [InlineData("[a", "", null)]
    [InlineData("a # b", "a # b", true)]
    public void A_pattern_means_what_re2_takes_it_for(string pattern, string text, bool? matches)
    {
        var regex = PatternTranslator.Compile(pattern, out var error);
        Assert.Equal(matches, regex?.IsMatch(text));
        Assert.Equal(matches is null, error.Length > 0);
    }

    [Fact]
    public void Matching_takes_time_linear_in_the_text()
    {
        var regex = PatternTranslator.Compile("^(a+)+$", out _)!;
        var watch = Stopwatch.StartNew();
        Assert.DoesNotMatch(regex, new string('a', 50_000) + "b");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{1")]
    [InlineData("(?:")]
    [InlineData("[[:")]
    [InlineData("(")]
    [InlineData("(a|")]
    [InlineData("a{1000}")]
    [InlineData("\\pL{1000}")]
    [InlineData("\\Q")]
    public void A_huge_pattern_is_taken_or_refused_soon(string piece)
    {
        var watch = Stopwatch.StartNew();
        foreach (var times in new[] { 100, 5_000, 300_000 })
        {
            var pattern = string.Concat(Enumerable.Repeat(piece, times));
            PatternTranslator.Compile(pattern + "}", out _);
            PatternTranslator.Compile(pattern + new string(')', piece.Contains('(') ? times : 0), out _);
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Fact]
    public void A_match_that_takes_too_long_is_given_up_and_the_object_refused()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), PatternTranslator.Compile("a", out _)!.MatchTimeout);
        var slow = new Regex("^(a+)+$", RegexOptions.None, TimeSpan.FromMilliseconds(10));
        var schema = new Schema { Type = SchemaType.String, Constraints = new SchemaConstraints { Regex = slow, Pattern = "^(a+)+$" } };
        var refused = Assert.Throws<StatusException>(() => new ValueValidation([]).Validate(new string('a', 60) + "b", null, schema, "spec.a"));
        Assert.Equal(400, refused.Code);
    }
}
