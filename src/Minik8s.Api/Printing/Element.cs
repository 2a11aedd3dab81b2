using System.Text.Json;

namespace Minik8s.Api.Printing;

/// <summary>Reading of stored objects for printing: what is absent is empty.</summary>
internal static class Element
{
    public static JsonElement? Get(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var child) && child.ValueKind != JsonValueKind.Null ? child : null;

    public static JsonElement? Get(this JsonElement? element, string name) => element?.Get(name);

    public static string? Text(this JsonElement? element) => element is { ValueKind: JsonValueKind.String } value ? value.GetString() : element?.ToString();

    public static string? Text(this JsonElement? element, string name) => element.Get(name).Text();

    public static string? Text(this JsonElement element, string name) => element.Get(name).Text();

    public static long Number(this JsonElement? element, string name) => element.Get(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : 0;

    public static bool Flag(this JsonElement? element, string name) => element.Get(name) is { ValueKind: JsonValueKind.True };

    public static IEnumerable<JsonElement> Items(this JsonElement? element, string name) => element.Get(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static IEnumerable<JsonProperty> Properties(this JsonElement? element) => element is { ValueKind: JsonValueKind.Object } map ? map.EnumerateObject() : [];

    public static string OrNone(this string? text) => string.IsNullOrEmpty(text) ? "<none>" : text;
}
