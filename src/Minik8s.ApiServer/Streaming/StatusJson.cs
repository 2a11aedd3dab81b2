using System.Text.Json;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Streaming;

/// <summary>The Status that ends a remote command, as it goes through the error channel.</summary>
internal static class StatusJson
{
    public static byte[] Success { get; } = """{"metadata":{},"status":"Success"}"""u8.ToArray();

    public static byte[] Failure(StatusException error)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", "Status");
            json.WriteString("apiVersion", "v1");
            json.WriteStartObject("metadata");
            json.WriteEndObject();
            json.WriteString("status", "Failure");
            json.WriteString("message", error.Message);
            if (error.Reason.Length > 0) json.WriteString("reason", error.Reason);
            if (error.Details is { Causes: { Count: > 0 } causes })
            {
                json.WriteStartObject("details");
                json.WriteStartArray("causes");
                foreach (var cause in causes)
                {
                    json.WriteStartObject();
                    if (cause.Type.Length > 0) json.WriteString("reason", cause.Type);
                    json.WriteString("message", cause.Message);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteNumber("code", error.Code);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Whether these bytes are a Status object.</summary>
    public static bool IsStatus(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var document)) return false;
            using (document) return document.RootElement.Text("status") is "Success" or "Failure";
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
