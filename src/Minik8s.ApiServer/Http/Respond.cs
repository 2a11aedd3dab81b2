using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
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
                TableWriter.Write(json, registry, obj, context.Request.Query["includeObject"].ToString(), time.GetUtcNow());
            }
            else
            {
                using var document = ObjectJson.Document(registry.Present(obj).Json);
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
            using var document = ObjectJson.Document(obj.Json);
            if (form == ResponseForm.Table) TableWriter.WriteOther(json, kind, obj, context.Request.Query["includeObject"].ToString(), time.GetUtcNow());
            else TableWriter.WritePartial(json, document.RootElement);
        }

        return BytesAsync(context, code, "application/json", buffer.WrittenMemory);
    }

    public static async Task BytesAsync(HttpContext context, int code, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
