using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Patch;

/// <summary>Parses the JSON of a patch. Of fields given twice the last one counts, and each is reported.</summary>
internal static class PatchDocument
{
    private const int MaxDepth = 200;
    private const int MaxReports = 100;

    /// <param name="json">The text.</param>
    /// <param name="prefix">What a message of failure begins with.</param>
    /// <param name="duplicates">Receives the paths of fields that were given twice.</param>
    /// <exception cref="StatusException">400 when it is not JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> json, string prefix, ICollection<string> duplicates)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read()) throw StatusErrors.BadRequest(prefix + "unexpected end of JSON input");
            var path = new List<string>();
            var value = Value(ref reader, path, duplicates);
            if (reader.Read()) throw StatusErrors.BadRequest(prefix + "invalid character after top-level value");
            return value;
        }
        catch (JsonException e)
        {
            throw StatusErrors.BadRequest(prefix + Explain(json, e));
        }
        catch (InvalidOperationException)
        {
            // A text that is not UTF-8.
            throw StatusErrors.BadRequest(prefix + "invalid UTF-8 in string");
        }
    }

    /// <exception cref="StatusException">400 when it is not a JSON object.</exception>
    public static JsonObject ParseObject(ReadOnlySpan<byte> json, string prefix, ICollection<string> duplicates)
    {
        var value = Parse(json, prefix, duplicates);
        if (value is JsonObject map) return map;
        var found = value switch { null => "null", JsonArray => "array", _ => value.GetValueKind() switch { JsonValueKind.String => "string", JsonValueKind.Number => "number", _ => "bool" } };
        throw StatusErrors.BadRequest($"{prefix}json: cannot unmarshal {found} into Go value of type map[string]interface {{}}");
    }

    private static JsonNode? Value(ref Utf8JsonReader reader, List<string> path, ICollection<string> duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    path.Add(name);
                    if (map.ContainsKey(name) && duplicates.Count < MaxReports) duplicates.Add(Show(path));
                    map[name] = Value(ref reader, path, duplicates);
                    path.RemoveAt(path.Count - 1);
                }

                return map;
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    path.Add($"[{list.Count.ToString(CultureInfo.InvariantCulture)}]");
                    list.Add(Value(ref reader, path, duplicates));
                    path.RemoveAt(path.Count - 1);
                }

                return list;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var whole) ? JsonValue.Create(whole)
                    : double.IsFinite(reader.GetDouble()) ? JsonValue.Create(reader.GetDouble())
                    : throw new JsonException("number out of range");
            case JsonTokenType.True or JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            default:
                return null;
        }
    }

    private static string Show(List<string> path)
    {
        var text = new StringBuilder();
        foreach (var part in path) text.Append(text.Length > 0 && part[..Math.Min(1, part.Length)] != "[" ? "." : "").Append(part);
        return text.ToString();
    }

    private static string Explain(ReadOnlySpan<byte> json, JsonException e)
    {
        if (json.IsEmpty || e.Message.Contains("end of data", StringComparison.Ordinal) || e.Message.Contains("depth to be zero", StringComparison.Ordinal)) return "unexpected end of JSON input";
        if (e.Message.Contains("depth", StringComparison.Ordinal)) return "exceeded max depth";
        if (e.LineNumber is null) return e.Message;
        return string.Create(CultureInfo.InvariantCulture, $"invalid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
    }
}
