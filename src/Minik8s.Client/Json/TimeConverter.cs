using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Minik8s.Client.Json;

/// <summary>metav1.Time: RFC 3339 in whole seconds, UTC.</summary>
internal sealed class TimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Rfc3339.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}

/// <summary>metav1.MicroTime: RFC 3339 with exactly six digits of fraction, UTC; Go's parser accepts nothing else there.</summary>
internal sealed class NullableMicroTimeConverter : JsonConverter<DateTime?>
{
    public override DateTime? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : Rfc3339.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, DateTime? value, JsonSerializerOptions options)
    {
        if (value is { } time)
            writer.WriteStringValue(time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        else
            writer.WriteNullValue();
    }
}

internal static class Rfc3339
{
    public static DateTime Read(ref Utf8JsonReader reader)
    {
        // System.Text.Json reads ISO 8601 with up to 16 digits of fraction and any offset, without a string in between.
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetDateTimeOffset(out var value))
            throw new JsonException("a time must be an RFC 3339 string");
        return value.UtcDateTime;
    }
}
