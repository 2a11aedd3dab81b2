using System.Text.Json.Nodes;

namespace Minik8s.Api.Schemas;

/// <summary>The JSON types a schema node can demand.</summary>
public enum SchemaType
{
    /// <summary>No demand (<c>x-kubernetes-preserve-unknown-fields</c> without a type, raw JSON).</summary>
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,

    /// <summary>A string or an integer (<c>x-kubernetes-int-or-string</c>): ports, quantities.</summary>
    IntOrString,
}

/// <summary>How server-side apply and strategic merge treat a list (<c>x-kubernetes-list-type</c>).</summary>
public enum ListType
{
    Atomic,
    Set,
    Map,
}

/// <summary>
/// One node of a structural schema, shared by built-in kinds and CRDs. Immutable once published; nodes may form cycles
/// (JSONSchemaProps refers to itself), so a walk follows the data, never the schema alone.
/// </summary>
public sealed class Schema
{
    /// <summary>The OpenAPI definition name, such as <c>io.k8s.api.core.v1.PodSpec</c>; null for anonymous nodes.</summary>
    public string? Name { get; init; }

    public SchemaType Type { get; set; } = SchemaType.Any;

    /// <summary>OpenAPI format: <c>int32</c>, <c>int64</c>, <c>date-time</c>, <c>byte</c>, <c>double</c>…</summary>
    public string? Format { get; set; }

    /// <summary>Known fields of an object, in declaration order.</summary>
    public Dictionary<string, Schema> Properties { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>The schema of an array's items.</summary>
    public Schema? Items { get; set; }

    /// <summary>The schema of a map's values (an object with free keys).</summary>
    public Schema? AdditionalProperties { get; set; }

    /// <summary>Names of fields that must be present. Built-in kinds enforce them in validation, CRDs in the schema check.</summary>
    public HashSet<string> Required { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>The value put in place of an absent one; clone it before use.</summary>
    public JsonNode? Default { get; set; }

    public bool Nullable { get; set; }

    /// <summary>Unknown fields are kept below this node.</summary>
    public bool PreserveUnknownFields { get; set; }

    /// <summary>The object is a whole Kubernetes object with apiVersion, kind and metadata.</summary>
    public bool EmbeddedResource { get; set; }

    public ListType ListType { get; set; } = ListType.Atomic;

    /// <summary>The fields that identify an item of a <see cref="ListType.Map"/> list.</summary>
    public string[] ListMapKeys { get; set; } = [];

    /// <summary>Server-side apply treats the object as one value (<c>x-kubernetes-map-type: atomic</c>).</summary>
    public bool AtomicMap { get; set; }

    /// <summary>Strategic merge: <c>merge</c>, <c>replace</c>, <c>retainKeys</c>, or a comma-separated pair; null is replace for lists and merge for maps.</summary>
    public string? PatchStrategy { get; set; }

    /// <summary>Strategic merge: the field that identifies an item of the list.</summary>
    public string? PatchMergeKey { get; set; }

    /// <summary>Value checks of CRD schemas (enum, pattern, bounds…); null for built-in kinds.</summary>
    public SchemaConstraints? Constraints { get; set; }

    /// <summary>A node of the same named type that can carry what belongs to one use of it (default, patch strategy); the fields are shared.</summary>
    internal Schema Reference() => new()
    {
        Name = Name,
        Type = Type,
        Properties = Properties,
        Required = Required,
        AtomicMap = AtomicMap,
        PreserveUnknownFields = PreserveUnknownFields,
        EmbeddedResource = EmbeddedResource,
    };
}
