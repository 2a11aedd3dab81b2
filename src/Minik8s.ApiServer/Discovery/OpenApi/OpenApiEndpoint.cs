using System.Globalization;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Serves <c>/openapi/v2</c> and <c>/openapi/v3</c> with content negotiation, ETags and compression.</summary>
public sealed class OpenApiEndpoint(OpenApiDocuments documents, TimeProvider time)
{
    private const string Prefix3 = "/openapi/v3";

    /// <summary>Whether the path is one of these; the caller has authenticated and authorised the request.</summary>
    public static bool Serves(PathString path) => path == "/openapi/v2" || path.StartsWithSegments(Prefix3);

    /// <summary>Answers the request: 200, 304, 301 for the hash of an older document, 404, 405 or 406.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return;
        }

        response.Headers.Vary = "Accept, Accept-Encoding";
        var path = request.Path.Value!.TrimEnd('/');
        var second = path == "/openapi/v2";
        if (Negotiate(request, second) is not { } mediaType)
        {
            response.StatusCode = StatusCodes.Status406NotAcceptable;
            return;
        }

        var name = path.Length > Prefix3.Length ? path[(Prefix3.Length + 1)..] : "";
        var document = second ? documents.Version2(mediaType != OpenApiMediaTypes.Json) : name.Length == 0 ? documents.Index() : documents.Version3(name);
        if (document is null)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync("404 page not found\n", context.RequestAborted);
            return;
        }

        if (request.Query["hash"] is [{ Length: > 0 } hash] && name.Length > 0)
        {
            if (hash != document.Hash)
            {
                response.Redirect(OpenApiIndex.Url(name, document.Hash), permanent: true);
                return;
            }

            // This URL will never mean anything else.
            response.Headers.CacheControl = "public, immutable";
            response.Headers.Expires = time.GetUtcNow().AddYears(1).ToString("R", CultureInfo.InvariantCulture);
        }

        await SendAsync(context, document);
    }

    private static async Task SendAsync(HttpContext context, OpenApiDocument document)
    {
        var (request, response) = (context.Request, context.Response);
        var tag = new EntityTagHeaderValue($"\"{document.Hash}\"");
        response.Headers.ETag = tag.ToString();
        if (request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false) || t == EntityTagHeaderValue.Any))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = document.ContentType;
        var gzip = request.GetTypedHeaders().AcceptEncoding.Any(e => e.Value == "gzip" && e.Quality != 0);
        if (gzip)
        {
            response.Headers.ContentEncoding = "gzip";
            response.ContentLength = document.Gzip.Length;
        }

        if (HttpMethods.IsHead(request.Method)) return;
        if (gzip)
        {
            await response.Body.WriteAsync(document.Gzip, context.RequestAborted);
            return;
        }

        using var packed = new MemoryStream(document.Gzip.ToArray(), writable: false);
        await using var plain = new GZipStream(packed, CompressionMode.Decompress);
        await plain.CopyToAsync(response.Body, context.RequestAborted);
    }

    /// <summary>The media type to answer with: the client's first choice that there is, JSON for whoever has none; null when there is none.</summary>
    private static string? Negotiate(HttpRequest request, bool second)
    {
        // The framework's own parser refuses the '@' in the name that clients in Go send.
        var accepted = request.Headers.Accept.SelectMany(h => (h ?? "").Split(',')).Select(t => t.Trim()).Where(t => t.Length > 0).Select(Weigh).ToList();
        if (accepted.Count == 0) return OpenApiMediaTypes.Json;
        foreach (var (type, _) in accepted.Where(a => a.Weight > 0).OrderByDescending(a => a.Weight))
        {
            switch (type)
            {
                case OpenApiMediaTypes.Json or "application/*" or "*/*":
                    return OpenApiMediaTypes.Json;
                case OpenApiMediaTypes.Version2Protobuf or OpenApiMediaTypes.Version2ProtobufOld when second:
                    return OpenApiMediaTypes.Version2Protobuf;
            }
        }

        return null;
    }

    private static (string Type, double Weight) Weigh(string accepted)
    {
        var parts = accepted.Split(';');
        var quality = parts.Skip(1).Select(p => p.Trim()).FirstOrDefault(p => p.StartsWith("q=", StringComparison.OrdinalIgnoreCase));
        var weight = quality is not null && double.TryParse(quality.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var q) ? q : 1;
        return (parts[0].Trim().ToLowerInvariant(), weight);
    }
}
