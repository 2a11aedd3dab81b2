using System.Text.Json;

namespace Minik8s.Api.Printing;

/// <summary>Label selectors as kubectl prints them (apimachinery's <c>FormatLabelSelector</c>).</summary>
internal static class SelectorText
{
    public static string Format(JsonElement? selector)
    {
        var terms = selector.Get("matchLabels").Properties().Select(l => (Key: l.Name, Text: $"{l.Name}={l.Value}"))
            .Concat(selector.Items("matchExpressions").Select(e => (Key: e.Text("key") ?? "", Text: Expression(e))))
            .OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Text).ToList();
        return terms.Count == 0 ? "<none>" : string.Join(',', terms);
    }

    private static string Expression(JsonElement expression)
    {
        var key = expression.Text("key");
        var values = string.Join(',', ((JsonElement?)expression).Items("values").Select(v => v.GetString()).Order(StringComparer.Ordinal));
        return expression.Text("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "DoesNotExist" => "!" + key,
            _ => key ?? "",
        };
    }
}
