using System.Text;
using Minik8s.Api.Identity;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>The paths under which a resource is served, with Kubernetes' names for their operations.</summary>
internal static class ResourcePaths
{
    private const string MetaPackage = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private static readonly string[] Plain = ["application/json", "application/yaml"];
    private static readonly string[] Streamed = ["application/json", "application/yaml", "application/json;stream=watch"];
    private static readonly string[] Any = ["*/*"];
    private static readonly string[] Text = ["text/plain"];
    private static readonly string[] Patches =
        ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"];

    /// <summary>The path of the document in the v3 index: <c>api/v1</c> or <c>apis/apps/v1</c>.</summary>
    public static string GroupVersion(ResourceDefinition resource) =>
        resource.Kind.Group.Length == 0 ? $"api/{resource.Kind.Version}" : $"apis/{resource.Kind.Group}/{resource.Kind.Version}";

    /// <summary>The definition's OpenAPI name; of a custom kind the group's labels in reverse, as Kubernetes names it.</summary>
    public static string DefinitionName(ResourceDefinition resource) =>
        resource.Schema.Name ?? $"{string.Join('.', resource.Kind.Group.Split('.').Reverse())}.{resource.Kind.Version}.{resource.Kind.Kind}";

    /// <summary><c>core_v1</c>, <c>rbacAuthorization_v1</c>.</summary>
    public static string Tag(string group, string version)
    {
        var name = GroupName(group);
        return $"{char.ToLowerInvariant(name[0])}{name[1..]}{(version.Length == 0 ? "" : "_")}{version}";
    }

    /// <summary>The group as it stands in operation ids: <c>Core</c>, <c>Apps</c>, <c>RbacAuthorization</c>.</summary>
    public static string GroupName(string group)
    {
        if (group.Length == 0) return "Core";
        if (group.EndsWith(".k8s.io", StringComparison.Ordinal)) group = group[..^".k8s.io".Length];
        var name = new StringBuilder();
        foreach (var part in group.Split('.', '-')) name.Append(Capital(part));
        return name.ToString();
    }

    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    public static IEnumerable<PathItem> Of(ResourceDefinition resource)
    {
        var names = new Names(resource);
        var root = "/" + GroupVersion(resource);
        var collection = resource.Namespaced ? $"{root}/namespaces/{{namespace}}/{resource.Plural}" : $"{root}/{resource.Plural}";
        Parameter[] scope = resource.Namespaced ? [Parameters.Namespace, Parameters.Pretty] : [Parameters.Pretty];
        Parameter[] item = [Parameters.Name(resource.Kind.Kind), .. scope];
        if (Collection(resource, names) is { Count: > 0 } onAll) yield return new(collection, scope, onAll);
        if (Item(resource, names) is { Count: > 0 } onOne) yield return new($"{collection}/{{name}}", item, onOne);
        foreach (var subresource in resource.Subresources)
        {
            yield return new($"{collection}/{{name}}/{subresource.Name}", item, Under(resource, subresource, names));
            // A proxy takes everything below it too; the path is a parameter of its own there.
            if (subresource.Name == "proxy")
            {
                yield return new($"{collection}/{{name}}/proxy/{{path}}", [item[0], .. scope[..^1], new("path", "string", "path to the resource", InPath: true)],
                    [.. Under(resource, subresource, names).Select(o => o with { Id = o.Id + "WithPath" })]);
            }
        }

        if (resource.Namespaced && resource.Verbs.Contains("list"))
        {
            yield return new($"{root}/{resource.Plural}", [.. Parameters.List.Append(Parameters.Pretty).OrderBy(p => p.Name, StringComparer.Ordinal)],
                [List(names, $"list{names.Group}{resource.Kind.Kind}ForAllNamespaces") with { Parameters = [] }]);
        }
    }

    private static List<Operation> Collection(ResourceDefinition resource, Names names)
    {
        var operations = new List<Operation>();
        if (resource.Verbs.Contains("deletecollection"))
        {
            operations.Add(names.New("delete", "deletecollection", $"delete{names.Group}Collection{names.Scoped}", $"delete collection of {names.Kind}") with
            {
                Parameters = Parameters.DeleteCollection,
                Body = MetaPackage + "DeleteOptions",
                BodyTypes = Any,
                BodyRequired = false,
                Answer = MetaPackage + "Status",
            });
        }

        if (resource.Verbs.Contains("list")) operations.Add(List(names, $"list{names.Group}{names.Scoped}"));
        if (resource.Verbs.Contains("create"))
        {
            operations.Add(names.New("post", "post", $"create{names.Group}{names.Scoped}", $"create {Article(names.Kind)} {names.Kind}") with
            {
                Parameters = Parameters.Write,
                Body = names.Definition,
                BodyTypes = Any,
                Answer = names.Definition,
                Codes = [200, 201, 202],
            });
        }

        return operations;
    }

    private static Operation List(Names names, string id) => names.New("get", "list", id, $"list or watch objects of kind {names.Kind}") with
    {
        Parameters = Parameters.List,
        Answer = names.Definition + "List",
        AnswerTypes = Streamed,
    };

    private static List<Operation> Item(ResourceDefinition resource, Names names)
    {
        var operations = new List<Operation>();
        if (resource.Verbs.Contains("delete"))
        {
            operations.Add(names.New("delete", "delete", $"delete{names.Group}{names.Scoped}", $"delete {Article(names.Kind)} {names.Kind}") with
            {
                Parameters = Parameters.Delete,
                Body = MetaPackage + "DeleteOptions",
                BodyTypes = Any,
                BodyRequired = false,
                Answer = MetaPackage + "Status",
                Codes = [200, 202],
            });
        }

        if (resource.Verbs.Contains("get")) operations.Add(Read(names, "", $"read the specified {names.Kind}"));
        if (resource.Verbs.Contains("patch")) operations.Add(Patch(resource, names, "", $"partially update the specified {names.Kind}"));
        if (resource.Verbs.Contains("update")) operations.Add(Replace(names, "", $"replace the specified {names.Kind}"));
        return operations;
    }

    private static Operation Read(Names names, string suffix, string description) =>
        names.New("get", "get", $"read{names.Group}{names.Scoped}{suffix}", description) with { Answer = names.Definition };

    private static Operation Replace(Names names, string suffix, string description) =>
        names.New("put", "put", $"replace{names.Group}{names.Scoped}{suffix}", description) with
        {
            Parameters = Parameters.Write,
            Body = names.Definition,
            BodyTypes = Any,
            Answer = names.Definition,
            Codes = [200, 201],
        };

    private static Operation Patch(ResourceDefinition resource, Names names, string suffix, string description) =>
        names.New("patch", "patch", $"patch{names.Group}{names.Scoped}{suffix}", description) with
        {
            Parameters = Parameters.Patch,
            Body = MetaPackage + "Patch",
            // Custom kinds have no strategic merge.
            BodyTypes = resource.Schema.Name is null ? Patches[..^1] : Patches,
            Answer = names.Definition,
            Codes = [200, 201],
        };

    private static List<Operation> Under(ResourceDefinition resource, Subresource subresource, Names own)
    {
        var suffix = Capital(subresource.Name);
        var names = subresource.Kind is { } kind ? own with { Subject = kind, Definition = BuiltInSchemas.DefinitionName(kind) } : own;
        var operations = new List<Operation>();
        // Options kinds are carried in the query: the request becomes a stream.
        var connect = subresource.Kind is { } options && options.Kind.EndsWith("Options", StringComparison.Ordinal);
        foreach (var verb in subresource.Verbs.Order(StringComparer.Ordinal))
        {
            var method = verb switch { "create" => "post", "update" => "put", _ => verb };
            var what = $"{subresource.Name} of the specified {own.Kind}";
            operations.Add((verb, connect) switch
            {
                (_, true) => names.New(method, "connect", $"connect{own.Group}{Capital(method)}{own.Scoped}{suffix}", $"connect {method.ToUpperInvariant()} requests to {subresource.Name} of {own.Kind}") with
                {
                    Parameters = Parameters.Of(subresource.Name),
                    AnswerTypes = Any,
                },
                ("get", _) when subresource.Name == "log" => names.New("get", "get", $"read{own.Group}{own.Scoped}Log", $"read {what}") with
                {
                    Parameters = Parameters.Of("log"),
                    AnswerTypes = Text,
                },
                ("get", _) => Read(names, suffix, $"read {what}"),
                ("patch", _) => Patch(resource, names, suffix, $"partially update {what}"),
                ("update", _) => Replace(names, suffix, $"replace {what}"),
                ("create", _) => names.New("post", "post", $"create{own.Group}{own.Scoped}{suffix}", $"create {what}") with
                {
                    Parameters = Parameters.Write,
                    Body = names.Definition,
                    BodyTypes = Any,
                    Answer = names.Definition,
                    Codes = [200, 201, 202],
                },
                _ => throw new InvalidOperationException($"no operation for the verb {verb} of {resource.Plural}/{subresource.Name}"),
            });
        }

        return operations;
    }

    private static string Article(string kind) => "AEIOU".Contains(kind[0]) ? "an" : "a";

    /// <summary>What the names of a resource's operations are made of.</summary>
    private sealed record Names(GroupVersionKind Subject, string Definition, string Group, string Scoped, string Kind, string Tag)
    {
        public Names(ResourceDefinition resource)
            : this(
                resource.Kind,
                DefinitionName(resource),
                GroupName(resource.Kind.Group) + Capital(resource.Kind.Version),
                (resource.Namespaced ? "Namespaced" : "") + resource.Kind.Kind,
                resource.Kind.Kind,
                ResourcePaths.Tag(resource.Kind.Group, resource.Kind.Version))
        {
        }

        public Operation New(string method, string action, string id, string description) => new()
        {
            Method = method,
            Action = action,
            Id = id,
            Description = description,
            Tag = Tag,
            Kind = Subject,
            AnswerTypes = Plain,
        };
    }
}
