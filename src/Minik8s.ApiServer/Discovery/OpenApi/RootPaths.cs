using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>The paths that are about no resource: discovery and the version.</summary>
internal static class RootPaths
{
    private const string MetaPackage = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private static readonly string[] Types = ["application/json", "application/yaml"];

    /// <summary>Those that belong into one document of the v3 index.</summary>
    public static IReadOnlyList<PathItem> In(string document, IReadOnlyList<ResourceDefinition> served) => document switch
    {
        "api" => [Get("/api/", "getCoreAPIVersions", "get available API versions", "core", "APIVersions")],
        "apis" => [Get("/apis/", "getAPIVersions", "get available API versions", "apis", "APIGroupList")],
        "version" => [Get("/version/", "getCodeVersion", "get the version information for this server", "version", null)],
        _ => served.FirstOrDefault(r => ResourcePaths.GroupVersion(r) == document) is { Kind: var kind }
            ? [Get($"/{document}/", $"get{ResourcePaths.GroupName(kind.Group)}{ResourcePaths.Capital(kind.Version)}APIResources", "get available resources", ResourcePaths.Tag(kind.Group, kind.Version), "APIResourceList")]
            : [Get($"/{document}/", $"get{ResourcePaths.GroupName(document["apis/".Length..])}APIGroup", "get information of a group", ResourcePaths.Tag(document["apis/".Length..], ""), "APIGroup")],
    };

    private static PathItem Get(string path, string id, string description, string tag, string? answer) => new(path, [],
    [
        new Operation
        {
            Method = "get",
            Id = id,
            Description = description,
            Tag = tag,
            Answer = answer is null ? DefinitionSet.VersionInfo : MetaPackage + answer,
            AnswerTypes = answer is null ? Types[..1] : Types,
        },
    ]);
}
