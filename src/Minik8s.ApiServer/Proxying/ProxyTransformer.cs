using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Minik8s.ApiServer.Proxying;

/// <summary>
/// What changes on the way through: the client's credentials stay here, the backend learns by which address it was called, and its links and redirects lead
/// back through the proxy.
/// </summary>
internal sealed class ProxyTransformer(string pathAndQuery, LinkRewriter links) : HttpTransformer
{
    /// <summary>The largest page whose links are rewritten; larger ones pass as they are.</summary>
    private const int PageLimit = 8 * 1024 * 1024;

    public override async ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage request, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(context, request, destinationPrefix, cancellationToken);
        request.RequestUri = new Uri(destinationPrefix + pathAndQuery);
        foreach (var header in context.Request.Headers.Keys)
        {
            if (header.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || header.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase)) request.Headers.Remove(header);
        }

        request.Headers.Host = context.Request.Host.Value;
        Set(request, "X-Forwarded-Uri", context.Request.Path.ToUriComponent());
        Set(request, "X-Forwarded-Host", links.Host);
        Set(request, "X-Forwarded-Proto", links.Scheme);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? response, CancellationToken cancellationToken)
    {
        var copy = await base.TransformResponseAsync(context, response, cancellationToken);
        if (response is null) return copy;
        var headers = context.Response.Headers;
        // A backend must not open the API server's origin to other sites.
        foreach (var name in headers.Keys.Where(k => k.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)).ToList()) headers.Remove(name);
        if (headers.Location.ToString() is { Length: > 0 } location) headers.Location = links.Rewrite(location);
        if (context.Request.Method == "HEAD" || response.Content.Headers.ContentType?.MediaType != "text/html" || response.Content.Headers.ContentLength > PageLimit) return copy;
        return await RewritePageAsync(context, response, cancellationToken);
    }

    private async ValueTask<bool> RewritePageAsync(HttpContext context, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var encoding = string.Join(',', response.Content.Headers.ContentEncoding);
        if (encoding is not ("" or "gzip" or "deflate")) return true;
        context.Response.Headers.ContentLength = null;
        context.Response.Headers.Remove("Content-Encoding");
        await using var raw = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var plain = encoding switch { "gzip" => new GZipStream(raw, CompressionMode.Decompress), "deflate" => new ZLibStream(raw, CompressionMode.Decompress), _ => raw };
        using var page = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while (page.Length <= PageLimit && (read = await plain.ReadAsync(buffer, cancellationToken)) > 0) page.Write(buffer, 0, read);
        if (page.Length > PageLimit)
        {
            page.Position = 0;
            await page.CopyToAsync(context.Response.Body, cancellationToken);
            await plain.CopyToAsync(context.Response.Body, cancellationToken);
            return false;
        }

        // Latin-1 keeps every byte as it is, whatever the page's own encoding; links are ASCII.
        var text = HtmlLinks.Rewrite(Encoding.Latin1.GetString(page.GetBuffer(), 0, (int)page.Length), links);
        await context.Response.Body.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);
        return false;
    }

    private static void Set(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }
}
