using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Minik8s.ApiServer.Http;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Discovery;

/// <summary>Answers /openapi/v3: an index of documents with their hashes, and one document a group version, made when first asked for and kept compressed.</summary>
internal sealed class OpenApiHandler(RegistryCatalog catalog, ApiServerOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Document> _documents = [];

    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        if (path == "/openapi/v3")
        {
            await Respond.BytesAsync(context, 200, "application/json", Index());
            return true;
        }

        const string prefix = "/openapi/v3/";
        if (!path.StartsWith(prefix, StringComparison.Ordinal) || !Paths().Contains(path[prefix.Length..])) return false;
        var document = Get(path[prefix.Length..]);
        var etag = $"\"{document.Hash}\"";
        context.Response.Headers.ETag = etag;
        context.Response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Query["hash"] == document.Hash) context.Response.Headers.CacheControl = "public, immutable";
        if (context.Request.Headers.IfNoneMatch == etag)
        {
            context.Response.StatusCode = 304;
            return true;
        }

        if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await Respond.BytesAsync(context, 200, "application/json", document.Compressed);
            return true;
        }

        await using var plain = new GZipStream(new MemoryStream(document.Compressed), CompressionMode.Decompress);
        context.Response.ContentType = "application/json";
        await plain.CopyToAsync(context.Response.Body, context.RequestAborted);
        return true;
    }

    private List<string> Paths() => [.. catalog.All.Select(r => PathOf(r.Resource.Kind.Group, r.Resource.Kind.Version)).Distinct()];

    private static string PathOf(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    private byte[] Index()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("paths");
            foreach (var path in Paths())
            {
                json.WriteStartObject(path);
                json.WriteString("serverRelativeURL", $"/openapi/v3/{path}?hash={HashOf(path)}");
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The built-in documents change with the version of the server and nothing else, so that the index needs none of them.</summary>
    private string HashOf(string path) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Version.GitVersion} {typeof(OpenApiHandler).Module.ModuleVersionId} {path}")));

    private Document Get(string path)
    {
        lock (_gate)
        {
            if (_documents.TryGetValue(path, out var known)) return known;
            using var buffer = new MemoryStream();
            using (var compressed = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
            using (var json = new Utf8JsonWriter(compressed))
            {
                var resources = catalog.All.Select(r => r.Resource).Where(r => PathOf(r.Kind.Group, r.Kind.Version) == path).ToList();
                new OpenApiWriter(json, resources, options.Version.GitVersion).Write();
            }

            return _documents[path] = new Document(HashOf(path), buffer.ToArray());
        }
    }

    private sealed record Document(string Hash, byte[] Compressed);
}
