using System.Text.Json;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Discovery;

/// <summary>Writes the OpenAPI v3 document of one group version: paths with their parameters, and the schemas of everything that they mention.</summary>
internal sealed class OpenApiWriter(Utf8JsonWriter json, IReadOnlyList<ResourceDefinition> resources, string version)
{
    private const string Quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    private const string IntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
    private const string Time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";

    private static readonly (string Name, string Type, string Description)[] ReadParameters =
    [
        ("pretty", "string", "If 'true', then the output is pretty printed."),
    ];

    private static readonly (string Name, string Type, string Description)[] ListParameters =
    [
        ("allowWatchBookmarks", "boolean", "Ask for BOOKMARK events in a watch."),
        ("continue", "string", "Go on with a paged list, with the token of its last page."),
        ("fieldSelector", "string", "Restrict to objects whose fields have these values."),
        ("labelSelector", "string", "Restrict to objects with these labels."),
        ("limit", "integer", "The most objects in one answer."),
        ("resourceVersion", "string", "How fresh the answer must be, or where a watch begins."),
        ("resourceVersionMatch", "string", "How resourceVersion is meant: Exact or NotOlderThan."),
        ("sendInitialEvents", "boolean", "Begin a watch with the objects that are there."),
        ("timeoutSeconds", "integer", "End the call after so long."),
        ("watch", "boolean", "Stream changes instead of listing."),
    ];

    private static readonly (string Name, string Type, string Description)[] WriteParameters =
    [
        ("dryRun", "string", "When All, nothing is stored."),
        ("fieldManager", "string", "The name of whoever makes the change."),
        ("fieldValidation", "string", "What to do about unknown or duplicate fields: Ignore, Warn or Strict."),
    ];

    private static readonly (string Name, string Type, string Description)[] DeleteParameters =
    [
        ("dryRun", "string", "When All, nothing is deleted."),
        ("gracePeriodSeconds", "integer", "How long the object has before it is removed; 0 is at once."),
        ("propagationPolicy", "string", "What happens with dependents: Orphan, Background or Foreground."),
    ];

    private readonly SchemaDescriptions _descriptions = SchemaDescriptions.Load();

    public void Write()
    {
        json.WriteStartObject();
        json.WriteString("openapi", "3.0.0");
        json.WriteStartObject("info");
        json.WriteString("title", "Kubernetes");
        json.WriteString("version", version);
        json.WriteEndObject();
        json.WriteStartObject("paths");
        foreach (var resource in resources) WritePaths(resource);
        json.WriteEndObject();
        json.WriteStartObject("components");
        json.WriteStartObject("schemas");
        WriteScalars();
        foreach (var schema in Reachable()) WriteDefinition(schema);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WritePaths(ResourceDefinition resource)
    {
        var root = resource.Kind.Group.Length == 0 ? $"/api/{resource.Kind.Version}" : $"/apis/{resource.Kind.Group}/{resource.Kind.Version}";
        var collection = resource.Namespaced ? $"{root}/namespaces/{{namespace}}/{resource.Plural}" : $"{root}/{resource.Plural}";
        json.WriteStartObject(collection);
        WriteOperation("get", "list", resource, [.. ReadParameters, .. ListParameters], body: false);
        if (resource.Verbs.Contains("create")) WriteOperation("post", "post", resource, [.. ReadParameters, .. WriteParameters], body: true);
        if (resource.Verbs.Contains("deletecollection")) WriteOperation("delete", "deletecollection", resource, [.. ReadParameters, .. ListParameters, .. DeleteParameters], body: false);
        WritePathParameters(resource, name: false);
        json.WriteEndObject();
        WriteObjectPath(resource, collection + "/{name}", ["get", "put", "patch", "delete"]);
        if (resource.Subresources.Any(s => s.Name == "status")) WriteObjectPath(resource, collection + "/{name}/status", ["get", "put", "patch"]);
    }

    private void WriteObjectPath(ResourceDefinition resource, string path, string[] methods)
    {
        json.WriteStartObject(path);
        foreach (var method in methods)
        {
            switch (method)
            {
                case "get":
                    WriteOperation("get", "get", resource, ReadParameters, body: false);
                    break;
                case "delete":
                    WriteOperation("delete", "delete", resource, [.. ReadParameters, .. DeleteParameters], body: false);
                    break;
                default:
                    WriteOperation(method, method, resource, [.. ReadParameters, .. WriteParameters], body: true);
                    break;
            }
        }

        WritePathParameters(resource, name: true);
        json.WriteEndObject();
    }

    private void WriteOperation(string method, string action, ResourceDefinition resource, IEnumerable<(string Name, string Type, string Description)> parameters, bool body)
    {
        json.WriteStartObject(method);
        json.WriteStartArray("tags");
        json.WriteStringValue(resource.Kind.Group.Length == 0 ? "core_v1" : $"{resource.Kind.Group.Split('.')[0]}_{resource.Kind.Version}");
        json.WriteEndArray();
        json.WriteStartArray("parameters");
        foreach (var parameter in parameters) WriteParameter(parameter.Name, "query", parameter.Type, parameter.Description);
        json.WriteEndArray();
        if (body)
        {
            json.WriteStartObject("requestBody");
            WriteContent(method == "patch" ? "application/merge-patch+json" : "*/*", resource);
            json.WriteEndObject();
        }

        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", "OK");
        WriteContent("application/json", resource);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("x-kubernetes-action", action);
        json.WritePropertyName("x-kubernetes-group-version-kind");
        WriteKind(resource);
        json.WriteEndObject();
    }

    private void WriteContent(string type, ResourceDefinition resource)
    {
        json.WriteStartObject("content");
        json.WriteStartObject(type);
        json.WriteStartObject("schema");
        json.WriteString("$ref", "#/components/schemas/" + resource.Schema.Name);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WritePathParameters(ResourceDefinition resource, bool name)
    {
        json.WriteStartArray("parameters");
        if (name) WriteParameter("name", "path", "string", $"name of the {resource.Kind.Kind}");
        if (resource.Namespaced) WriteParameter("namespace", "path", "string", "the namespace of the object");
        json.WriteEndArray();
    }

    private void WriteParameter(string name, string where, string type, string description)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("in", where);
        json.WriteString("description", description);
        if (where == "path") json.WriteBoolean("required", true);
        json.WriteStartObject("schema");
        json.WriteString("type", type);
        json.WriteBoolean("uniqueItems", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteKind(ResourceDefinition resource)
    {
        json.WriteStartObject();
        json.WriteString("group", resource.Kind.Group);
        json.WriteString("kind", resource.Kind.Kind);
        json.WriteString("version", resource.Kind.Version);
        json.WriteEndObject();
    }

    /// <summary>Every named type that the resources lead to.</summary>
    private List<Schema> Reachable()
    {
        var found = new SortedDictionary<string, Schema>(StringComparer.Ordinal);
        var open = new Stack<Schema>(resources.Select(r => r.Schema));
        while (open.TryPop(out var schema))
        {
            if (schema.Name is { } name && !found.TryAdd(name, schema)) continue;
            foreach (var field in schema.Properties.Values) open.Push(field);
            if (schema.Items is { } items) open.Push(items);
            if (schema.AdditionalProperties is { } values) open.Push(values);
        }

        return [.. found.Values];
    }

    private void WriteDefinition(Schema schema)
    {
        var texts = _descriptions.Of(schema.Name!);
        json.WriteStartObject(schema.Name!);
        if (texts.TryGetValue("", out var own)) json.WriteString("description", own);
        json.WriteString("type", "object");
        if (schema.Required.Count > 0)
        {
            json.WriteStartArray("required");
            foreach (var field in schema.Required.Order(StringComparer.Ordinal)) json.WriteStringValue(field);
            json.WriteEndArray();
        }

        json.WriteStartObject("properties");
        foreach (var (name, field) in schema.Properties)
        {
            json.WriteStartObject(name);
            if (texts.TryGetValue(name, out var text)) json.WriteString("description", text);
            WriteField(field);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (schema.AtomicMap) json.WriteString("x-kubernetes-map-type", "atomic");
        var kinds = resources.Where(r => ReferenceEquals(r.Schema, schema)).ToList();
        if (kinds.Count > 0)
        {
            json.WriteStartArray("x-kubernetes-group-version-kind");
            foreach (var kind in kinds) WriteKind(kind);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteField(Schema field)
    {
        if (field.Default is { } value && field.Name is null)
        {
            json.WritePropertyName("default");
            value.WriteTo(json);
        }

        WriteType(field);
        if (field.PatchStrategy is { } strategy) json.WriteString("x-kubernetes-patch-strategy", strategy);
        if (field.PatchMergeKey is { } key) json.WriteString("x-kubernetes-patch-merge-key", key);
        if (field.Type != SchemaType.Array) return;
        json.WriteString("x-kubernetes-list-type", field.ListType switch { ListType.Map => "map", ListType.Set => "set", _ => "atomic" });
        if (field.ListMapKeys.Length == 0) return;
        json.WriteStartArray("x-kubernetes-list-map-keys");
        foreach (var mapKey in field.ListMapKeys) json.WriteStringValue(mapKey);
        json.WriteEndArray();
    }

    private void WriteType(Schema field)
    {
        switch (field.Type)
        {
            case SchemaType.Object when field.Name is { } name:
                WriteReference(name);
                break;
            case SchemaType.Object:
                json.WriteString("type", "object");
                if (field.AdditionalProperties is not { } values) break;
                json.WriteStartObject("additionalProperties");
                WriteType(values);
                json.WriteEndObject();
                break;
            case SchemaType.Array:
                json.WriteString("type", "array");
                json.WriteStartObject("items");
                WriteType(field.Items!);
                json.WriteEndObject();
                break;
            case SchemaType.IntOrString:
                WriteReference(IntOrString);
                break;
            case SchemaType.String when field.Format == "quantity":
                WriteReference(Quantity);
                break;
            case SchemaType.String when field.Format == "date-time":
                WriteReference(Time);
                break;
            case SchemaType.Any:
                json.WriteString("type", "object");
                break;
            default:
                json.WriteString("type", field.Type.ToString().ToLowerInvariant());
                if (field.Format is { } format) json.WriteString("format", format);
                break;
        }
    }

    private void WriteReference(string name)
    {
        json.WriteStartArray("allOf");
        json.WriteStartObject();
        json.WriteString("$ref", "#/components/schemas/" + name);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteScalars()
    {
        json.WriteStartObject(Quantity);
        json.WriteString("description", "A fixed-point number of a resource, such as 500m or 2Gi.");
        json.WriteStartArray("oneOf");
        WriteTypeOnly("string");
        WriteTypeOnly("number");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject(IntOrString);
        json.WriteString("description", "A number or a name.");
        json.WriteString("format", "int-or-string");
        json.WriteStartArray("oneOf");
        WriteTypeOnly("integer");
        WriteTypeOnly("string");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject(Time);
        json.WriteString("description", "A point in time, as RFC 3339 writes it.");
        json.WriteString("type", "string");
        json.WriteString("format", "date-time");
        json.WriteEndObject();
    }

    private void WriteTypeOnly(string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteEndObject();
    }
}
