using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Tables;

namespace Minik8s.ApiServer.Http;

/// <summary>Writes a list as it goes: what is in memory of it at a time is a few pieces of the answer, however long it is.</summary>
internal sealed class ListWriter(HttpContext context, ResourceRegistry registry, ListPage page, TimeProvider time)
{
    private const int Piece = 64 * 1024;

    /// <summary>Answers below this size cost more to compress than to send (as in kube-apiserver).</summary>
    private const long WorthCompressing = 128 * 1024;

    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task WriteAsync(ResponseForm form, string include)
    {
        context.Response.ContentType = "application/json";
        if (!Negotiation.AcceptsGzip(context.Request) || page.Size < WorthCompressing)
        {
            await WriteAsync(context.Response.BodyWriter, form, include);
            return;
        }

        context.Response.Headers.ContentEncoding = "gzip";
        context.Response.Headers.Vary = "Accept-Encoding";
        await using var gzip = new GZipStream(context.Response.BodyWriter.AsStream(), CompressionLevel.Fastest);
        var pipe = PipeWriter.Create(gzip, new StreamPipeWriterOptions(minimumBufferSize: Piece, leaveOpen: true));
        await WriteAsync(pipe, form, include);
        await pipe.CompleteAsync();
    }

    private async Task WriteAsync(PipeWriter output, ResponseForm form, string include)
    {
        switch (form)
        {
            case ResponseForm.Object:
                await ObjectsAsync(output);
                break;
            case ResponseForm.PartialMetadata:
                await PartialAsync(output);
                break;
            default:
                await TableAsync(output, include);
                break;
        }

        await output.FlushAsync(context.RequestAborted);
    }

    private async Task ObjectsAsync(PipeWriter output)
    {
        using (var json = new Utf8JsonWriter(output, Options)) Head(json, registry.Resource.ListKind, registry.Resource.Kind.ApiVersion);
        var first = true;
        foreach (var item in page.Items)
        {
            if (!first) output.Write(","u8);
            first = false;
            output.Write(registry.Present(item).Json);
            if (output.UnflushedBytes > Piece) await output.FlushAsync(context.RequestAborted);
        }

        output.Write("]}"u8);
    }

    private async Task PartialAsync(PipeWriter output)
    {
        await using var json = new Utf8JsonWriter(output, Options);
        Head(json, "PartialObjectMetadataList", "meta.k8s.io/v1");
        foreach (var item in page.Items)
        {
            using (var document = ObjectJson.Document(registry.Present(item).Json)) TableWriter.WritePartial(json, document.RootElement);
            await PaceAsync(json, output);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private async Task TableAsync(PipeWriter output, string include)
    {
        await using var json = new Utf8JsonWriter(output, Options);
        TableWriter.Begin(json, registry, Version, page.Continue, page.Remaining, columns: true);
        var now = time.GetUtcNow();
        foreach (var item in page.Items)
        {
            TableWriter.WriteRow(json, registry, item, include, now);
            await PaceAsync(json, output);
        }

        TableWriter.End(json);
    }

    private string Version => page.Revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>Up to the opening of <c>items</c>.</summary>
    private void Head(Utf8JsonWriter json, string kind, string apiVersion)
    {
        json.WriteStartObject();
        json.WriteString("kind", kind);
        json.WriteString("apiVersion", apiVersion);
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", Version);
        if (page.Continue is not null) json.WriteString("continue", page.Continue);
        if (page.Remaining is { } remaining) json.WriteNumber("remainingItemCount", remaining);
        json.WriteEndObject();
        json.WriteStartArray("items");
    }

    private async ValueTask PaceAsync(Utf8JsonWriter json, PipeWriter output)
    {
        if (json.BytesPending + output.UnflushedBytes < Piece) return;
        json.Flush();
        await output.FlushAsync(context.RequestAborted);
    }
}
