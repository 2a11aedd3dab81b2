using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Identity;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources;

/// <summary>Makes resources of CustomResourceDefinitions (apiextensions.k8s.io/v1) that have passed validation.</summary>
public static class CustomResourceFactory
{
    private static readonly string[] Verbs = ["get", "patch", "update"];

    /// <param name="definition">The CustomResourceDefinition; its accepted names are the ones that count.</param>
    /// <param name="published">Gives a version's schema as its author wrote it, when a document asks for it.</param>
    public static CustomResource Make(JsonObject definition, Func<string, JsonObject?> published)
    {
        var spec = definition.Map("spec") ?? [];
        var group = spec.Text("group") ?? "";
        var names = definition.Map("status").Map("acceptedNames") ?? [];
        var versions = spec.Items("versions").ToList();
        var schemas = versions.ToDictionary(v => v.Text("name") ?? "", SchemaOf, StringComparer.Ordinal);
        var storage = versions.First(v => v.Flag("storage"));
        var indexed = versions.SelectMany(Selectable).DistinctBy(f => f.Name).ToList();
        var stored = Version(storage, null);
        return new(stored, [.. versions.Where(v => v.Flag("served")).Select(v => ReferenceEquals(v, storage) ? stored : Version(v, stored))]);

        ResourceDefinition Version(JsonObject version, ResourceDefinition? storedAs)
        {
            var name = version.Text("name")!;
            var schema = schemas[name];
            var kind = new GroupVersionKind(group, name, names.Text("kind") ?? "");
            var hasStatus = version.Map("subresources")?["status"] is not null;
            var scale = Scale(version.Map("subresources").Map("scale"));
            var made = new ResourceDefinition
            {
                Kind = kind,
                ListKind = names.Text("listKind") ?? kind.Kind + "List",
                Plural = names.Text("plural") ?? "",
                Singular = names.Text("singular") ?? "",
                ShortNames = Strings(names["shortNames"]),
                Categories = Strings(names["categories"]),
                Namespaced = spec.Text("scope") == "Namespaced",
                Schema = schema,
                Decoder = new CustomResourceDecoder(schema),
                PublishedSchema = () => published(name),
                Strategy = new CustomResourceStrategy(schema, hasStatus, scale),
                Printer = new CustomResourcePrinter(version.Items("additionalPrinterColumns")),
                SelectableFields = [.. Selectable(version)],
                Scale = scale,
                Subresources = Subresources(hasStatus, scale is not null),
                DeprecationWarning = version.Flag("deprecated") ? version.Text("deprecationWarning") ?? $"{kind.ApiVersion} {kind.Kind} is deprecated" : null,
            };
            if (storedAs is null) return made with { IndexedFields = indexed, Upgrade = new StoredObjectUpgrade(group, name, schemas, IsWebhook(spec)).Apply };
            VersionConversion conversion = IsWebhook(spec) ? new WebhookConversion(kind, storedAs.Kind) : new NoneConversion(schema, storedAs.Schema);
            return made with { StoredAs = new StoredForm(storedAs, conversion, PrintsStored: false) };
        }
    }

    private static bool IsWebhook(JsonObject spec) => spec.Map("conversion").Text("strategy") == "Webhook";

    private static Schema SchemaOf(JsonObject version) =>
        version.Map("schema").Map("openAPIV3Schema") is { } schema ? StructuralSchemaReader.ReadResource(schema) : new Schema { Type = SchemaType.Object, PreserveUnknownFields = true };

    private static IEnumerable<SelectableField> Selectable(JsonObject version) => version.Items("selectableFields")
        .Select(f => (f.Text("jsonPath") ?? "").TrimStart('.')).Where(p => p.Length > 0).Select(p => new SelectableField(p, p.Split('.')));

    private static ScaleMapping? Scale(JsonObject? scale) => scale is null
        ? null
        : new(Path(scale.Text("specReplicasPath")), Path(scale.Text("statusReplicasPath")), scale.Text("labelSelectorPath") is { Length: > 0 } selector ? Path(selector) : null);

    private static string[] Path(string? path) => (path ?? "").TrimStart('.').Split('.');

    private static List<Subresource> Subresources(bool status, bool scale)
    {
        var subresources = new List<Subresource>();
        if (scale) subresources.Add(new("scale", new("autoscaling", "v1", "Scale"), Verbs));
        if (status) subresources.Add(new("status", null, Verbs));
        return subresources;
    }

    private static string[] Strings(JsonNode? node) => node is JsonArray list ? [.. list.Select(n => n.Text() ?? "")] : [];
}
