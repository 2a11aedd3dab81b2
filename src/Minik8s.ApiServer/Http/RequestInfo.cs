namespace Minik8s.ApiServer.Http;

/// <summary>What a request is about, read from its method and path (apiserver's request info).</summary>
public sealed record RequestInfo
{
    /// <summary>Whether the path names a resource; other paths (discovery, health) are authorized by path.</summary>
    public bool IsResource { get; init; }

    public required string Path { get; init; }

    /// <summary>get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case.</summary>
    public required string Verb { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Name { get; init; } = "";

    public string Subresource { get; init; } = "";

    /// <summary>The field selector of a list, watch or deletecollection.</summary>
    public string FieldSelector { get; init; } = "";

    /// <summary>The name that rights are about: the object's, or the one that a list is limited to (<c>fieldSelector=metadata.name=x</c>).</summary>
    public string AuthorizedName => Name.Length > 0 || FieldSelector.Length == 0 ? Name : SelectedName(FieldSelector);

    /// <summary>Whether the answer has no end of its own: watches and streams.</summary>
    public bool IsLongRunning => Verb == "watch" || Subresource is "exec" or "attach" or "portforward" or "proxy" or "log";

    public static RequestInfo Parse(string method, string path, Func<string, string?> query)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var other = new RequestInfo { Path = path, Verb = method.ToLowerInvariant() };
        int at;
        string group, version;
        switch (parts)
        {
            case ["api", var v, _, ..]:
                (group, version, at) = ("", v, 2);
                break;
            case ["apis", var g, var v, _, ..]:
                (group, version, at) = (g, v, 3);
                break;
            default:
                return other;
        }

        var watchPath = parts[at] == "watch";
        if (watchPath && ++at == parts.Length) return other;
        var ns = "";
        if (parts[at] == "namespaces" && parts.Length > at + 2 && parts[at + 2] is not ("status" or "finalize"))
        {
            ns = parts[at + 1];
            at += 2;
        }
        else if (parts[at] == "namespaces" && parts.Length > at + 1)
        {
            // A namespace is its own namespace, for authorization.
            ns = parts[at + 1];
        }

        var resource = parts[at];
        var name = parts.Length > at + 1 ? Uri.UnescapeDataString(parts[at + 1]) : "";
        var subresource = parts.Length > at + 2 ? parts[at + 2] : "";
        var watching = watchPath || query("watch") is "true" or "1" or "";
        return new RequestInfo
        {
            IsResource = true,
            Path = path,
            Group = group,
            Version = version,
            Namespace = ns,
            Resource = resource,
            Name = name,
            Subresource = subresource,
            FieldSelector = name.Length == 0 && method is "GET" or "HEAD" or "DELETE" ? query("fieldSelector") ?? "" : "",
            Verb = method switch
            {
                "POST" => "create",
                "PUT" => "update",
                "PATCH" => "patch",
                "DELETE" => name.Length == 0 ? "deletecollection" : "delete",
                "GET" or "HEAD" when watching && subresource.Length == 0 => "watch",
                "GET" or "HEAD" => name.Length == 0 ? "list" : "get",
                // Answered 405: no verb of Kubernetes.
                _ => method.ToLowerInvariant(),
            },
        };
    }

    private static string SelectedName(string selector)
    {
        const string field = "metadata.name=";
        foreach (var term in selector.Split(','))
        {
            var trimmed = term.Trim();
            if (trimmed.StartsWith(field, StringComparison.Ordinal)) return trimmed[field.Length..].TrimStart('=').Trim();
        }

        return "";
    }
}
