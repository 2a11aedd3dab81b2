using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Tables;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Http;

/// <summary>Writes answers.</summary>
internal static class Respond
{
    /// <summary>An object, as the registry gives it, in the form that the client asks for.</summary>
    public static Task ObjectAsync(HttpContext context, ResourceRegistry registry, CachedObject obj, int code, TimeProvider time)
    {
        var form = Negotiation.Choose(context.Request.Headers.Accept.ToString());
        if (form == ResponseForm.Object) return BytesAsync(context, code, "application/json", registry.Present(obj).Json);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            if (form == ResponseForm.Table)
            {
                TableWriter.Write(json, registry, [obj], obj.Revision.ToString(CultureInfo.InvariantCulture), null, null, context.Request.Query["includeObject"].ToString(), time.GetUtcNow());
            }
            else
            {
                using var document = JsonDocument.Parse(registry.Present(obj).Json);
                TableWriter.WritePartial(json, document.RootElement);
            }
        }

        return BytesAsync(context, code, "application/json", buffer.WrittenMemory);
    }

    /// <summary>An object of a kind that no registry keeps, such as Scale, in the form that the client asks for.</summary>
    public static Task OtherAsync(HttpContext context, ResourceDefinition kind, CachedObject obj, int code, TimeProvider time)
    {
        var form = Negotiation.Choose(context.Request.Headers.Accept.ToString());
        if (form == ResponseForm.Object) return BytesAsync(context, code, "application/json", obj.Json);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            using var document = JsonDocument.Parse(obj.Json);
            if (form == ResponseForm.Table) TableWriter.WriteOther(json, kind, obj, context.Request.Query["includeObject"].ToString(), time.GetUtcNow());
            else TableWriter.WritePartial(json, document.RootElement);
        }

        return BytesAsync(context, code, "application/json", buffer.WrittenMemory);
    }

    public static Task ListAsync(HttpContext context, ResourceRegistry registry, List<CachedObject> items, long revision)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("kind", registry.Resource.ListKind);
            json.WriteString("apiVersion", registry.Resource.Kind.ApiVersion);
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", revision.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteStartArray("items");
            foreach (var item in items) json.WriteRawValue(registry.Present(item).Json, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return BytesAsync(context, 200, "application/json", buffer.WrittenMemory);
    }

    public static async Task BytesAsync(HttpContext context, int code, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
