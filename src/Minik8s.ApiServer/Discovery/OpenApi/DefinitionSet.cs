using Minik8s.Api.Identity;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>The definitions that a document needs: those that its operations name and, from there on, all that these refer to.</summary>
internal sealed class DefinitionSet
{
    public const string VersionInfo = "io.k8s.apimachinery.pkg.version.Info";
    public const string Time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
    public const string MicroTime = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";
    public const string Patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
    public const string Quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    public const string IntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
    public const string ListMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
    public const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    /// <summary>Whose descriptions of apiVersion and kind serve for every kind.</summary>
    public const string CommonFields = "io.k8s.api.core.v1.Pod";

    private readonly SortedDictionary<string, Definition> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ResourceDefinition> _resources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ResourceDefinition> _lists = new(StringComparer.Ordinal);

    public DefinitionSet(IEnumerable<ResourceDefinition> resources, IEnumerable<PathItem> paths)
    {
        foreach (var resource in resources)
        {
            var name = ResourcePaths.DefinitionName(resource);
            _resources[name] = resource;
            _lists[name + "List"] = resource;
        }

        foreach (var operation in paths.SelectMany(p => p.Operations))
        {
            if (operation.Body is { } body) Add(body, operation.Kind);
            if (operation.Answer is { } answer) Add(answer, operation.Kind);
        }
    }

    /// <summary>In the order of their names.</summary>
    public IEnumerable<Definition> All => _definitions.Values;

    /// <summary>The definition that stands for a node of a built-in kind, or null when the node is written where it stands.</summary>
    public static string? NameOf(Schema schema) => schema.Name ?? (schema.Type, schema.Format) switch
    {
        (SchemaType.String, "date-time") => Time,
        (SchemaType.String, "micro-time") => MicroTime,
        (SchemaType.String, "quantity") => Quantity,
        (SchemaType.IntOrString, _) => IntOrString,
        _ => null,
    };

    private void Add(string name, GroupVersionKind? kind)
    {
        if (_definitions.ContainsKey(name)) return;
        if (_lists.TryGetValue(name, out var listed))
        {
            _definitions[name] = new(name, null, null) { ListOf = ResourcePaths.DefinitionName(listed), Kind = listed.Kind with { Kind = listed.ListKind } };
            Add(ResourcePaths.DefinitionName(listed), listed.Kind);
            Add(ListMeta, null);
            return;
        }

        if (_resources.TryGetValue(name, out var resource))
        {
            _definitions[name] = new(name, resource.Schema, resource.PublishedSchema) { Kind = resource.Kind };
            if (resource.Schema.Name is null) Add(ObjectMeta, null);
            else Visit(resource.Schema);
            return;
        }

        if (name is VersionInfo or Patch or Time or MicroTime or Quantity or IntOrString)
        {
            _definitions[name] = new(name, null, null);
            return;
        }

        var schema = BuiltInSchemas.Get(name);
        // A kind is named in its own definition (Scale, Status), and in no other's.
        var own = kind is { } k && name.EndsWith($".{k.Version}.{k.Kind}", StringComparison.Ordinal) ? kind
            : name.StartsWith("io.k8s.apimachinery.", StringComparison.Ordinal) && schema.Properties.ContainsKey("kind") && schema.Properties.ContainsKey("apiVersion") && name != ObjectMeta
                && !name.EndsWith("OwnerReference", StringComparison.Ordinal)
                ? new GroupVersionKind("", "v1", name[(name.LastIndexOf('.') + 1)..])
                : null;
        _definitions[name] = new(name, schema, null) { Kind = own };
        Visit(schema);
    }

    private void Visit(Schema schema)
    {
        foreach (var field in schema.Properties.Values) VisitNode(field);
        if (schema.Items is { } items) VisitNode(items);
        if (schema.AdditionalProperties is { } values) VisitNode(values);
    }

    private void VisitNode(Schema schema)
    {
        if (NameOf(schema) is not { } name) Visit(schema);
        else if (!_definitions.ContainsKey(name)) Add(name, null);
    }

    /// <summary>One definition: of a schema, of a list of a kind, or (with neither) one that is the same in every server.</summary>
    internal sealed record Definition(string Name, Schema? Schema, Func<System.Text.Json.Nodes.JsonObject?>? Published)
    {
        /// <summary>The definition of the items, when this is a list kind.</summary>
        public string? ListOf { get; init; }

        public GroupVersionKind? Kind { get; init; }
    }
}
