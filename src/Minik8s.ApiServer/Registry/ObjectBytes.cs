using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Registry;

/// <summary>The stored form of objects: compact JSON without a resourceVersion.</summary>
internal static class ObjectBytes
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static byte[] Of(JsonObject obj)
    {
        (obj["metadata"] as JsonObject)?.Remove("resourceVersion");
        return Write(obj);
    }

    /// <summary>An object's compact JSON as it is.</summary>
    public static byte[] Write(JsonObject obj)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer, Options)) obj.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    public static JsonObject Parse(ReadOnlyMemory<byte> json) => ObjectJson.Parse(json.Span);
}
