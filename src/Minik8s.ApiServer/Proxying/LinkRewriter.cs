namespace Minik8s.ApiServer.Proxying;

/// <summary>Turns links of a proxied backend into links that lead through the proxy.</summary>
/// <param name="Prefix">The path under which the backend is reached, without a slash at its end.</param>
/// <param name="Backend">The host, and port, by which the backend may call itself.</param>
/// <param name="Scheme">The scheme of the request to the proxy.</param>
/// <param name="Host">The host of the request to the proxy.</param>
internal sealed record LinkRewriter(string Prefix, string Backend, string Scheme, string Host)
{
    /// <summary>The link as it is where it leads elsewhere, or is relative to the page.</summary>
    public string Rewrite(string link)
    {
        var absolute = link.Contains("://", StringComparison.Ordinal);
        var path = link;
        if (absolute || link.StartsWith("//", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(absolute ? link : "http:" + link, UriKind.Absolute, out var uri) || !Names(uri, Backend) && !Names(uri, Host)) return link;
            path = uri.PathAndQuery + uri.Fragment;
        }

        if (!path.StartsWith('/')) return link;
        if (!IsBelow(path)) path = Prefix + path;
        return absolute || link.StartsWith("//", StringComparison.Ordinal) ? $"{Scheme}://{Host}{path}" : path;
    }

    private static bool Names(Uri uri, string authority) => uri.Authority == authority || $"{uri.Host}:{uri.Port}" == authority;

    private bool IsBelow(string path) => path.StartsWith(Prefix, StringComparison.Ordinal) && (path.Length == Prefix.Length || path[Prefix.Length] is '/' or '?' or '#');
}
