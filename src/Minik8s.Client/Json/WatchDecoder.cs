using System.Text.Json;
using k8s.Models;
using Minik8s.Api;

namespace Minik8s.Client.Json;

/// <summary>Reads one line of a watch: <c>{"type":…,"object":…}</c>.</summary>
internal static class WatchDecoder
{
    /// <exception cref="ApiException">The line is an ERROR event.</exception>
    /// <exception cref="JsonException">The line is no event.</exception>
    public static WatchEvent<T> Decode<T>(ReadOnlySpan<byte> line)
        where T : class
    {
        string? type = null;
        ReadOnlySpan<byte> body = default;
        var reader = new Utf8JsonReader(line, ObjectJson.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a watch event was expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.GetString();
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                body = line[start..(int)reader.BytesConsumed];
            }
            else
            {
                reader.Skip();
            }
        }
        if (type == "ERROR")
        {
            var status = ModelJson.Read<V1Status>(body);
            throw ApiException.FromStatus(status, status.Code ?? 500);
        }
        var kind = type switch
        {
            "ADDED" => WatchEventType.Added,
            "MODIFIED" => WatchEventType.Modified,
            "DELETED" => WatchEventType.Deleted,
            "BOOKMARK" => WatchEventType.Bookmark,
            _ => throw new JsonException($"unknown type of watch event: {type}"),
        };
        return new WatchEvent<T>(kind, ModelJson.Read<T>(body));
    }
}
