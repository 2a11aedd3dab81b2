using System.Text.Json.Nodes;
using Minik8s.Api.Identity;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Resources;

/// <summary>
/// Everything the API server needs to serve one resource in one version, for built-in kinds and CRDs alike: names, schema, behaviour, columns.
/// </summary>
public sealed record ResourceDefinition
{
    private Schema? _schema;

    public required GroupVersionKind Kind { get; init; }

    /// <summary>Lower-case plural, the path segment: <c>pods</c>.</summary>
    public required string Plural { get; init; }

    public required string Singular { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Such as <c>all</c>, for <c>kubectl get all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    public required bool Namespaced { get; init; }

    /// <summary>The kind of lists; a custom kind may name it otherwise than by the suffix.</summary>
    public string ListKind
    {
        get => field ?? Kind.Kind + "List";
        init;
    }

    /// <summary>What every client of this version is told (HTTP <c>Warning</c> header); null for versions that are not deprecated.</summary>
    public string? DeprecationWarning { get; init; }

    /// <summary>The structural schema. A built-in kind names none: its schema is made from the embedded artefact when first asked for.</summary>
    public Schema Schema
    {
        get => _schema ??= BuiltInSchemas.Get(Kind);
        init => _schema = value;
    }

    /// <summary>
    /// The schema of a custom kind as its author wrote it (<c>openAPIV3Schema</c>), with descriptions. Read for OpenAPI only and not kept; null for built-in kinds.
    /// </summary>
    public Func<JsonObject?>? PublishedSchema { get; init; }

    /// <summary>Whether a CustomResourceDefinition makes the kind.</summary>
    public bool IsCustom => PublishedSchema is not null;

    /// <summary>Reads bodies; null reads them by the schema.</summary>
    public IBodyDecoder? Decoder { get; init; }

    /// <summary>
    /// Brings an object that may have been stored under an earlier schema, or in another version, into its present form; gives back what it was given when
    /// nothing is to be done. Null where stored objects are always in form.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? Upgrade { get; init; }

    /// <summary>Names of subresources served beside the main one: <c>status</c>, <c>scale</c>, <c>binding</c>, <c>log</c>…</summary>
    public IReadOnlyList<Subresource> Subresources { get; init; } = [];

    /// <summary>Where the object keeps what its <c>scale</c> subresource shows; needed when <see cref="Subresources"/> names it.</summary>
    public ScaleMapping? Scale { get; init; }

    /// <summary>Behaviour on create, update and delete.</summary>
    public required ResourceStrategy Strategy { get; init; }

    /// <summary>The columns of the <c>Table</c> form; the first is the name.</summary>
    public required ITablePrinter Printer { get; init; }

    /// <summary>Field selectors beyond <c>metadata.name</c> and <c>metadata.namespace</c>: the selector's name and the path of the value, both dotted.</summary>
    public IReadOnlyList<SelectableField> SelectableFields { get; init; } = [];

    /// <summary>The fields whose values are kept beside stored objects for selection: of this version, and of others that are stored as this one.</summary>
    public IReadOnlyList<SelectableField> IndexedFields
    {
        get => field ?? SelectableFields;
        init;
    }

    /// <summary>Where this version's objects are kept when they are not stored in this version; null when they are.</summary>
    public StoredForm? StoredAs { get; init; }

    /// <summary>The version in which the objects are stored.</summary>
    public ResourceDefinition Stored => StoredAs?.Resource ?? this;

    /// <summary>Objects vanish by themselves after this time (events); null keeps them.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The verbs served on the main resource, in discovery's spelling.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public GroupResource GroupResource => new(Kind.Group, Plural);
}

/// <summary>A subresource as discovery lists it.</summary>
/// <param name="Name">The path segment after the object's name.</param>
/// <param name="Kind">The kind that is read or written there, when it is not the resource's own.</param>
/// <param name="Verbs">Discovery verbs.</param>
public sealed record Subresource(string Name, GroupVersionKind? Kind, IReadOnlyList<string> Verbs)
{
    /// <summary>Whether it is the object itself, of which a write changes a part: <c>status</c>, <c>approval</c>.</summary>
    public bool IsView => Kind is null && Verbs.Contains("patch");
}

/// <summary>A field that clients may select on.</summary>
/// <param name="Name">The name in a field selector: <c>spec.nodeName</c>.</param>
/// <param name="Path">Where the value stands in stored objects: property names from the object's root.</param>
/// <param name="Default">What an absent value counts as (<c>""</c>, or <c>false</c> for booleans).</param>
public sealed record SelectableField(string Name, string[] Path, string Default = "");
