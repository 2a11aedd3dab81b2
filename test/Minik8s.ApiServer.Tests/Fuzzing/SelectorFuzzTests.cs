using Minik8s.Api.Errors;
using Minik8s.Api.Selectors;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Selectors of any form, and what valid ones select.</summary>
public sealed class SelectorFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Pieces =
        ["a", "b", "c", "in", "notin", " in ", " notin ", "=", "==", "!=", "!", ",", "(", ")", " ", "<", ">", "gt", "1", "-1", "x/y", "x/y/z", "", "\t", "\u0000", "é", "\\", "\"", new('a', 64), "a.b/c", "kubernetes.io/x"];

    private readonly FuzzRun _run = new(output);

    [Fact]
    public void Any_text_is_a_selector_or_a_bad_request() => _run.Repeat((random, _) =>
    {
        var text = string.Concat(Enumerable.Range(0, random.Next(14)).Select(_ => Pieces[random.Next(Pieces.Length)]));
        var labels = new Dictionary<string, string> { ["a"] = "b" };
        foreach (var matches in new Func<bool>[] { () => LabelSelector.Parse(text).Matches(labels), () => FieldSelector.Parse(text).Terms.Count > 0 })
        {
            try
            {
                matches();
            }
            catch (StatusException e)
            {
                Assert.InRange(e.Code, 400, 499);
            }
        }
    });

    [Fact]
    public void A_selector_says_what_it_was_read_from() => _run.Repeat((random, _) =>
    {
        var text = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Pieces[random.Next(Pieces.Length)]));
        LabelSelector selector;
        try
        {
            selector = LabelSelector.Parse(text);
        }
        catch (StatusException)
        {
            return;
        }

        var (said, labels) = (selector.ToString(), new Dictionary<string, string> { ["abc"[random.Next(3)].ToString()] = new[] { "a", "1", "" }[random.Next(3)] });
        var again = LabelSelector.Parse(said);
        Assert.Equal(said, again.ToString());
        Assert.Equal(selector.Matches(labels), again.Matches(labels));
    });

    [Fact]
    public void A_selector_selects_what_its_terms_say() => _run.Repeat((random, _) =>
    {
        string Name() => "abc"[random.Next(3)].ToString();
        var labels = new Dictionary<string, string>();
        for (var n = random.Next(4); n > 0; n--) labels[Name()] = "xyz"[random.Next(3)].ToString();
        var (terms, expected) = (new List<string>(), true);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var (key, first, second) = (Name(), "xyz"[random.Next(3)].ToString(), "xyz"[random.Next(3)].ToString());
            var has = labels.TryGetValue(key, out var value);
            var (term, holds) = random.Next(6) switch
            {
                0 => ($"{key}={first}", has && value == first),
                1 => ($"{key} != {first}", !has || value != first),
                2 => ($"{key} in ({first},{second})", has && (value == first || value == second)),
                3 => ($"{key} notin ({first}, {second})", !has || (value != first && value != second)),
                4 => ($"!{key}", !has),
                _ => (key, has),
            };
            terms.Add(term);
            expected &= holds;
        }

        var text = string.Join(',', terms);
        Assert.True(expected == LabelSelector.Parse(text).Matches(labels), $"{text} on {string.Join(',', labels)}");
    });
}
