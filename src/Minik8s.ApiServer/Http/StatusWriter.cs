using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Http;

/// <summary>Writes <c>Status</c> objects (meta/v1).</summary>
internal static class StatusWriter
{
    public static byte[] Encode(StatusException error)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Begin(json, "Failure", error.Continue);
            json.WriteString("message", error.Message);
            if (error.Reason.Length > 0) json.WriteString("reason", error.Reason);
            if (error.Details is { } details) WriteDetails(json, details);
            json.WriteNumber("code", error.Code);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The answer to a deletion that has removed an object.</summary>
    public static byte[] Deleted(string name, string group, string resource, string uid)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Begin(json, "Success");
            WriteDetails(json, new StatusDetails(name, group.Length == 0 ? null : group, resource, uid));
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static async Task WriteAsync(HttpContext context, StatusException error)
    {
        context.Response.StatusCode = error.Code;
        context.Response.ContentType = "application/json";
        if (error.Details is { RetryAfterSeconds: > 0 and var seconds }) context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var body = Encode(error);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static void Begin(Utf8JsonWriter json, string status, string? continuation = null)
    {
        json.WriteStartObject();
        json.WriteString("kind", "Status");
        json.WriteString("apiVersion", "v1");
        json.WriteStartObject("metadata");
        if (continuation is not null) json.WriteString("continue", continuation);
        json.WriteEndObject();
        json.WriteString("status", status);
    }

    private static void WriteDetails(Utf8JsonWriter json, StatusDetails details)
    {
        json.WriteStartObject("details");
        if (details.Name is { Length: > 0 } name) json.WriteString("name", name);
        if (details.Group is { Length: > 0 } group) json.WriteString("group", group);
        if (details.Kind is { Length: > 0 } kind) json.WriteString("kind", kind);
        if (details.Uid is { Length: > 0 } uid) json.WriteString("uid", uid);
        if (details.Causes is { Count: > 0 } causes)
        {
            json.WriteStartArray("causes");
            foreach (var cause in causes)
            {
                json.WriteStartObject();
                if (cause.Type.Length > 0) json.WriteString("reason", cause.Type);
                json.WriteString("message", cause.Message);
                if (cause.Field is not null) json.WriteString("field", cause.Field);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (details.RetryAfterSeconds > 0) json.WriteNumber("retryAfterSeconds", details.RetryAfterSeconds);
        json.WriteEndObject();
    }
}
