using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>
/// The OpenAPI documents of the resources that are served: v2 as one document, v3 as an index and a document a group version. Each is made when it is
/// first asked for and kept compressed until a resource in it changes. Safe for use from several threads.
/// </summary>
/// <param name="resources">The live list of resources; a list that has changed must be another instance.</param>
/// <param name="version">The server's version, such as <c>v1.35.0+minik8s</c>.</param>
public sealed class OpenApiDocuments(Func<IReadOnlyList<ResourceDefinition>> resources, string version)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _documents = new(StringComparer.Ordinal);
    private IReadOnlyList<ResourceDefinition>? _seen;
    private OpenApiDocument? _index;
    private OpenApiDocument? _second;
    private OpenApiDocument? _secondProtobuf;

    /// <summary>The document of <c>/openapi/v2</c>: Swagger 2.0 as JSON, or as gnostic's protobuf message, which Kubernetes' own clients ask for.</summary>
    public OpenApiDocument Version2(bool protobuf)
    {
        lock (_gate)
        {
            var served = Refresh();
            if (protobuf) return _secondProtobuf ??= Pack(GnosticWriter.Write(V2(served)), OpenApiMediaTypes.Version2Protobuf);
            return _second ??= Pack(V2(served), OpenApiMediaTypes.Json);
        }
    }

    /// <summary>The index of <c>/openapi/v3</c>: the path of every document with the hash of its content.</summary>
    public OpenApiDocument Index()
    {
        lock (_gate)
        {
            var served = Refresh();
            return _index ??= Pack(OpenApiIndex.Write([.. Paths(served).Select(p => (p, Find(p, served)!.Hash))]), OpenApiMediaTypes.Json);
        }
    }

    /// <summary>The document of <c>/openapi/v3/{path}</c>, where the path is one of the index, such as <c>apis/apps/v1</c>; null when there is none.</summary>
    public OpenApiDocument? Version3(string path)
    {
        lock (_gate) return Find(path, Refresh());
    }

    private static SortedSet<string> Paths(IReadOnlyList<ResourceDefinition> served)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal) { "api", "apis", "version" };
        foreach (var resource in served)
        {
            paths.Add(ResourcePaths.GroupVersion(resource));
            if (resource.Kind.Group.Length > 0) paths.Add($"apis/{resource.Kind.Group}");
        }

        return paths;
    }

    private OpenApiDocument? Find(string path, IReadOnlyList<ResourceDefinition> served)
    {
        if (_documents.TryGetValue(path, out var known)) return known.Document;
        ResourceDefinition[] own = [.. served.Where(r => ResourcePaths.GroupVersion(r) == path)];
        if (own.Length == 0 && !Paths(served).Contains(path)) return null;
        var text = new DocumentWriter(OpenApiDialect.Version3, version).Write(own, RootPaths.In(path, served), served);
        var document = Pack(text, OpenApiMediaTypes.Json);
        _documents[path] = new Entry(own, document);
        return document;
    }

    private ReadOnlyMemory<byte> V2(IReadOnlyList<ResourceDefinition> served) =>
        new DocumentWriter(OpenApiDialect.Version2, version).Write(served, [.. Paths(served).SelectMany(p => RootPaths.In(p, served))], served);

    /// <summary>Forgets the documents that a change of the resources has made stale.</summary>
    private IReadOnlyList<ResourceDefinition> Refresh()
    {
        var served = resources();
        if (ReferenceEquals(served, _seen)) return served;
        _seen = served;
        _index = _second = _secondProtobuf = null;
        var paths = Paths(served);
        foreach (var (path, entry) in _documents.ToList())
        {
            var now = served.Where(r => ResourcePaths.GroupVersion(r) == path);
            if (!paths.Contains(path) || !now.SequenceEqual(entry.Resources, ReferenceEqualityComparer.Instance)) _documents.Remove(path);
        }

        return served;
    }

    private static OpenApiDocument Pack(ReadOnlyMemory<byte> text, string contentType)
    {
        using var packed = new MemoryStream(text.Length / 10);
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(text.Span);
        return new(packed.ToArray(), contentType, Convert.ToHexString(System.Security.Cryptography.SHA512.HashData(text.Span)));
    }

    private sealed record Entry(ResourceDefinition[] Resources, OpenApiDocument Document);
}
