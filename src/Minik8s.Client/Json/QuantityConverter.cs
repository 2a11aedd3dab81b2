using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Minik8s.Client.Json;

/// <summary>A resource quantity: a string, or a bare number as hand-written manifests have it. The text is kept as it is.</summary>
internal sealed class QuantityConverter : JsonConverter<ResourceQuantity>
{
    public override ResourceQuantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(ScalarText.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, ResourceQuantity value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

internal static class ScalarText
{
    public static string Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.HasValueSequence
            ? System.Buffers.BuffersExtensions.ToArray(reader.ValueSequence)
            : reader.ValueSpan),
        _ => throw new JsonException($"a string or a number was expected, not {reader.TokenType}"),
    };
}
