using System.IO.Compression;
using System.Text.Json.Nodes;
using Minik8s.Api.Identity;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;
using Minik8s.ApiServer.Discovery.OpenApi;

namespace Minik8s.ApiServer.Tests.OpenApi;

public sealed class OpenApiDocumentsTests
{
    private static readonly JsonNode CustomSchema = JsonNode.Parse("""
        {"type":"object","description":"A job that runs at times.","required":["spec"],
         "properties":{"spec":{"type":"object","properties":{
           "cron":{"type":"string","description":"When it runs.","pattern":"^.*$"},
           "port":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]},
           "note":{"type":"string","nullable":true},
           "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}
        """)!;

    private IReadOnlyList<ResourceDefinition> _resources = BuiltInResources.All;

    [Fact]
    public void Every_reference_of_every_document_leads_somewhere()
    {
        var documents = Documents();
        _resources = [.. _resources, Custom()];
        var second = Read(documents.Version2(protobuf: false));
        AssertReferences(second, "#/definitions/", second["definitions"]!.AsObject());
        foreach (var (path, _) in Read(documents.Index())["paths"]!.AsObject())
        {
            var third = Read(documents.Version3(path)!);
            AssertReferences(third, "#/components/schemas/", third["components"]!["schemas"]!.AsObject());
        }
    }

    [Fact]
    public void Index_names_every_group_version_with_the_hash_of_its_document()
    {
        var documents = Documents();
        var paths = Read(documents.Index())["paths"]!.AsObject();
        Assert.Equal(
            ["api", "api/v1", "apis", "apis/coordination.k8s.io", "apis/coordination.k8s.io/v1", "version"],
            paths.Select(p => p.Key).Where(p => p is "api" or "api/v1" or "apis" || p.Contains("coordination") || p == "version"));
        Assert.Equal($"/openapi/v3/api/v1?hash={documents.Version3("api/v1")!.Hash}", paths["api/v1"]!["serverRelativeURL"]!.GetValue<string>());
        Assert.Null(documents.Version3("apis/none.example.com/v1"));
    }

    [Fact]
    public void Patch_takes_fieldValidation_and_names_its_kind()
    {
        var patch = Read(Documents().Version3("api/v1")!)["paths"]!["/api/v1/namespaces/{namespace}/pods/{name}"]!["patch"]!;
        Assert.Equal("patchCoreV1NamespacedPod", patch["operationId"]!.GetValue<string>());
        Assert.Equal("patch", patch["x-kubernetes-action"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"group":"","kind":"Pod","version":"v1"}"""), patch["x-kubernetes-group-version-kind"]));
        Assert.Equal(["dryRun", "fieldManager", "fieldValidation", "force"], patch["parameters"]!.AsArray().Select(p => p!["name"]!.GetValue<string>()));
    }

    [Fact]
    public void Operation_ids_are_unique()
    {
        var ids = Read(Documents().Version2(protobuf: false))["paths"]!.AsObject()
            .SelectMany(p => p.Value!.AsObject()).Where(o => o.Value is JsonObject).Select(o => o.Value!["operationId"]!.GetValue<string>()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Contains("listCoreV1PodForAllNamespaces", ids);
        Assert.Contains("connectCoreV1PostNamespacedPodExec", ids);
        Assert.Contains("createCoreV1NamespacedPodBinding", ids);
        Assert.Contains("replaceCoreV1NamespaceFinalize", ids);
        Assert.Contains("deleteCoordinationV1CollectionNamespacedLease", ids);
    }

    [Fact]
    public void Lists_carry_how_they_merge()
    {
        var containers = Read(Documents().Version3("api/v1")!)["components"]!["schemas"]!["io.k8s.api.core.v1.PodSpec"]!["properties"]!["containers"]!;
        Assert.Equal("map", containers["x-kubernetes-list-type"]!.GetValue<string>());
        Assert.Equal("name", containers["x-kubernetes-list-map-keys"]![0]!.GetValue<string>());
        Assert.Equal("merge", containers["x-kubernetes-patch-strategy"]!.GetValue<string>());
        Assert.Equal("name", containers["x-kubernetes-patch-merge-key"]!.GetValue<string>());
    }

    [Fact]
    public void A_custom_kind_is_published_as_its_author_wrote_it()
    {
        _resources = [.. _resources, Custom()];
        var documents = Documents();
        var third = Read(documents.Version3("apis/stable.example.com/v1")!)["components"]!["schemas"]!["com.example.stable.v1.CronTab"]!;
        Assert.Equal("A job that runs at times.", third["description"]!.GetValue<string>());
        Assert.Equal("When it runs.", third["properties"]!["spec"]!["properties"]!["cron"]!["description"]!.GetValue<string>());
        Assert.True(third["properties"]!["spec"]!["properties"]!["note"]!["nullable"]!.GetValue<bool>());
        Assert.Equal("CronTab", third["x-kubernetes-group-version-kind"]![0]!["kind"]!.GetValue<string>());
        Assert.NotNull(third["properties"]!["metadata"]!["allOf"]);

        var second = Read(documents.Version2(protobuf: false))["definitions"]!["com.example.stable.v1.CronTab"]!;
        Assert.Null(second["properties"]!["spec"]!["properties"]!["port"]!["anyOf"]);
        Assert.Null(second["properties"]!["spec"]!["properties"]!["note"]!["nullable"]);
        Assert.NotEqual(0, documents.Version2(protobuf: true).Gzip.Length);
    }

    [Fact]
    public void A_change_of_resources_changes_only_the_documents_they_are_in()
    {
        var documents = Documents();
        var (core, index) = (documents.Version3("api/v1"), documents.Index().Hash);
        _resources = [.. _resources, Custom()];
        Assert.Same(core, documents.Version3("api/v1"));
        Assert.NotEqual(index, documents.Index().Hash);
        var custom = documents.Version3("apis/stable.example.com/v1")!.Hash;
        _resources = [.. BuiltInResources.All, Custom() with { Subresources = [new("status", null, ["get", "patch", "update"])] }];
        Assert.NotEqual(custom, documents.Version3("apis/stable.example.com/v1")!.Hash);
        _resources = BuiltInResources.All;
        Assert.Null(documents.Version3("apis/stable.example.com/v1"));
        Assert.Null(documents.Version3("apis/stable.example.com"));
        Assert.Equal(index, documents.Index().Hash);
    }

    private static ResourceDefinition Custom() => BuiltInResources.All.First(r => r.Plural == "configmaps") with
    {
        Kind = new GroupVersionKind("stable.example.com", "v1", "CronTab"),
        Plural = "crontabs",
        Singular = "crontab",
        ShortNames = ["ct"],
        Schema = new Schema { Type = SchemaType.Object, PreserveUnknownFields = true },
        PublishedSchema = () => CustomSchema.DeepClone().AsObject(),
    };

    private OpenApiDocuments Documents() => new(() => _resources, "v1.35.0+minik8s");

    private static JsonObject Read(OpenApiDocument document)
    {
        using var packed = new MemoryStream(document.Gzip.ToArray());
        using var plain = new GZipStream(packed, CompressionMode.Decompress);
        return JsonNode.Parse(plain)!.AsObject();
    }

    private static void AssertReferences(JsonNode? node, string prefix, JsonObject definitions)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map)
                {
                    if (name == "$ref" && value is JsonValue reference) Assert.True(definitions.ContainsKey(reference.GetValue<string>()[prefix.Length..]), reference.GetValue<string>());
                    else AssertReferences(value, prefix, definitions);
                }

                break;
            case JsonArray list:
                foreach (var item in list) AssertReferences(item, prefix, definitions);
                break;
        }
    }
}
