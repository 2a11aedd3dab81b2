using System.Text.Json;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Reads single fields of stored objects; what is absent or of another type is null.</summary>
internal static class JsonElementExtensions
{
    public static JsonElement? Get(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    public static string? Text(this JsonElement element, string name) =>
        element.Get(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement? element, string name) =>
        element?.Get(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];
}
