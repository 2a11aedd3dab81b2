using System.Text.Json;
using Minik8s.Api;

namespace Minik8s.Client.Json;

/// <summary>Reads any <c>…List</c>: metadata, and the items one by one.</summary>
internal static class ListDecoder
{
    public static ResourceList<T> Decode<T>(ReadOnlySpan<byte> utf8Json)
        where T : class
    {
        var info = ModelJson.Info<T>();
        var items = new List<T>();
        string? version = null, next = null;
        var reader = new Utf8JsonReader(utf8Json, ObjectJson.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a list was expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null)
                    continue;
                if (reader.TokenType != JsonTokenType.StartArray)
                    throw new JsonException("items must be an array");
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(JsonSerializer.Deserialize(ref reader, info) ?? throw new JsonException("an item is null"));
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                ReadMetadata(ref reader, ref version, ref next);
            }
            else
            {
                reader.Skip();
            }
        }
        return new ResourceList<T>(items, version ?? throw new JsonException("a list must have metadata.resourceVersion"), next);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, ref string? version, ref string? next)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("resourceVersion"u8))
            {
                reader.Read();
                version = reader.GetString();
            }
            else if (reader.ValueTextEquals("continue"u8))
            {
                reader.Read();
                next = reader.GetString() is { Length: > 0 } token ? token : null;
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
