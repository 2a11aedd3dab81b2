using System.Text;
using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>Prints values as Go's <c>%v</c> does, which some of Kubernetes' messages contain: <c>map[a:1 b:[x y]]</c>.</summary>
internal static class GoText
{
    public static string Print(JsonNode? value)
    {
        var text = new StringBuilder();
        Print(value, text);
        return text.ToString();
    }

    private static void Print(JsonNode? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append("<nil>");
                break;
            case JsonObject map:
                text.Append("map[");
                foreach (var (name, child) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    if (text[^1] != '[') text.Append(' ');
                    text.Append(name).Append(':');
                    Print(child, text);
                }

                text.Append(']');
                break;
            case JsonArray list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(' ');
                    Print(list[i], text);
                }

                text.Append(']');
                break;
            default:
                text.Append(JsonScalar.TryRead(value, out _) && value.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString());
                break;
        }
    }
}
