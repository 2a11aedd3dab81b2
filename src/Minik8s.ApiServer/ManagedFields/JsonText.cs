using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>Comparison and quoting of JSON values, whatever they are backed by.</summary>
internal static class JsonText
{
    /// <summary>A string as a JSON literal.</summary>
    public static string Quote(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";

    /// <summary>Deep equality by value. Scalars are compared without a detour over their text, which makes it cheap on objects half parsed and half built.</summary>
    public static bool Same(JsonNode? a, JsonNode? b)
    {
        if (ReferenceEquals(a, b)) return true;
        switch (a, b)
        {
            case (JsonObject x, JsonObject y):
                if (x.Count != y.Count) return false;
                foreach (var (key, value) in x)
                {
                    if (!y.TryGetPropertyValue(key, out var other) || !Same(value, other)) return false;
                }

                return true;
            case (JsonArray x, JsonArray y):
                if (x.Count != y.Count) return false;
                for (var i = 0; i < x.Count; i++)
                {
                    if (!Same(x[i], y[i])) return false;
                }

                return true;
            case (JsonValue x, JsonValue y):
                return SameValue(x, y);
            default:
                return false;
        }
    }

    private static bool SameValue(JsonValue a, JsonValue b)
    {
        if (a.TryGetValue<JsonElement>(out var element) && element.ValueKind == JsonValueKind.String)
        {
            return b.GetValueKind() == JsonValueKind.String && element.ValueEquals(b.GetValue<string>());
        }

        if (b.TryGetValue(out element) && element.ValueKind == JsonValueKind.String)
        {
            return a.GetValueKind() == JsonValueKind.String && element.ValueEquals(a.GetValue<string>());
        }

        return JsonScalar.TryRead(a, out var x) && JsonScalar.TryRead(b, out var y) && x == y;
    }
}
