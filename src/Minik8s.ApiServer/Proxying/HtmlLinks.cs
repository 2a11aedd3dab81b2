using System.Text;

namespace Minik8s.ApiServer.Proxying;

/// <summary>
/// Rewrites the links in a page, leaving every other character as it is. It knows as much of HTML as it takes to find the values of attributes: comments,
/// scripts and styles are skipped.
/// </summary>
internal static class HtmlLinks
{
    private static readonly Dictionary<string, string[]> Attributes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["a"] = ["href"], ["applet"] = ["codebase"], ["area"] = ["href"], ["audio"] = ["src"], ["base"] = ["href"], ["blockquote"] = ["cite"], ["body"] = ["background"],
        ["button"] = ["formaction"], ["command"] = ["icon"], ["del"] = ["cite"], ["embed"] = ["src"], ["form"] = ["action"], ["frame"] = ["longdesc", "src"], ["head"] = ["profile"],
        ["html"] = ["manifest"], ["iframe"] = ["longdesc", "src"], ["img"] = ["longdesc", "src", "usemap"], ["input"] = ["src", "usemap", "formaction"], ["ins"] = ["cite"], ["link"] = ["href"],
        ["object"] = ["classid", "codebase", "data", "usemap"], ["q"] = ["cite"], ["script"] = ["src"], ["source"] = ["src"], ["track"] = ["src"], ["video"] = ["poster", "src"],
    };

    public static string Rewrite(string page, LinkRewriter links)
    {
        var result = new StringBuilder(page.Length + 256);
        var at = 0;
        while (at < page.Length)
        {
            var open = page.IndexOf('<', at);
            if (open < 0 || open + 1 >= page.Length) break;
            if (string.CompareOrdinal(page, open, "<!--", 0, 4) == 0)
            {
                at = Copy(result, page, at, After(page, "-->", open));
                continue;
            }

            if (!char.IsAsciiLetter(page[open + 1]))
            {
                at = Copy(result, page, at, open + 1);
                continue;
            }

            at = Copy(result, page, at, open);
            at = Tag(result, page, open, links, out var name);
            if (name.Equals("script", StringComparison.OrdinalIgnoreCase) || name.Equals("style", StringComparison.OrdinalIgnoreCase))
            {
                var end = page.IndexOf("</" + name, at, StringComparison.OrdinalIgnoreCase);
                at = Copy(result, page, at, end < 0 ? page.Length : end);
            }
        }

        return result.Append(page, at, page.Length - at).ToString();
    }

    /// <summary>Copies one tag, its links rewritten; returns where it ends.</summary>
    private static int Tag(StringBuilder result, string page, int open, LinkRewriter links, out string name)
    {
        var at = open + 1;
        while (at < page.Length && !char.IsWhiteSpace(page[at]) && page[at] is not ('>' or '/')) at++;
        name = page[(open + 1)..at];
        result.Append(page, open, at - open);
        var wanted = Attributes.GetValueOrDefault(name) ?? [];
        while (at < page.Length && page[at] != '>')
        {
            var start = at;
            while (at < page.Length && (char.IsWhiteSpace(page[at]) || page[at] == '/')) at++;
            var nameStart = at;
            while (at < page.Length && !char.IsWhiteSpace(page[at]) && page[at] is not ('=' or '>' or '/')) at++;
            var attribute = page[nameStart..at];
            var equals = at;
            while (equals < page.Length && char.IsWhiteSpace(page[equals])) equals++;
            if (equals >= page.Length || page[equals] != '=')
            {
                // An attribute without a value. A stray character is stepped over, so that this ends.
                if (at == start) at++;
                result.Append(page, start, at - start);
                continue;
            }

            var value = equals + 1;
            while (value < page.Length && char.IsWhiteSpace(page[value])) value++;
            var quote = value < page.Length && page[value] is '"' or '\'' ? page[value] : '\0';
            var from = quote == '\0' ? value : value + 1;
            var to = from;
            while (to < page.Length && (quote == '\0' ? !char.IsWhiteSpace(page[to]) && page[to] != '>' : page[to] != quote)) to++;
            result.Append(page, start, from - start);
            if (wanted.Contains(attribute, StringComparer.OrdinalIgnoreCase)) result.Append(links.Rewrite(page[from..to]));
            else result.Append(page, from, to - from);
            at = to;
            if (quote != '\0' && at < page.Length) result.Append(page[at++]);
        }

        if (at < page.Length) result.Append(page[at++]);
        return at;
    }

    private static int After(string page, string what, int from)
    {
        var found = page.IndexOf(what, from, StringComparison.Ordinal);
        return found < 0 ? page.Length : found + what.Length;
    }

    private static int Copy(StringBuilder result, string page, int from, int to)
    {
        result.Append(page, from, to - from);
        return to;
    }
}
