using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Minik8s.Api.Schemas;

/// <summary>The value checks of a CRD schema node, with JSON schema's names and meaning.</summary>
public sealed record SchemaConstraints
{
    public JsonArray? Enum { get; init; }

    /// <summary>The pattern as its author wrote it.</summary>
    public string? Pattern { get; init; }

    /// <summary>The pattern ready for matching, in time linear in the text.</summary>
    public Regex? Regex { get; init; }

    public long? MinLength { get; init; }

    public long? MaxLength { get; init; }

    public long? MinItems { get; init; }

    public long? MaxItems { get; init; }

    public bool UniqueItems { get; init; }

    public long? MinProperties { get; init; }

    public long? MaxProperties { get; init; }

    public double? Minimum { get; init; }

    public bool ExclusiveMinimum { get; init; }

    public double? Maximum { get; init; }

    public bool ExclusiveMaximum { get; init; }

    public double? MultipleOf { get; init; }

    public IReadOnlyList<Schema> AllOf { get; init; } = [];

    public IReadOnlyList<Schema> AnyOf { get; init; } = [];

    public IReadOnlyList<Schema> OneOf { get; init; } = [];

    public Schema? Not { get; init; }

    /// <summary>Fields that are not named are refused (<c>additionalProperties: false</c>).</summary>
    public bool Closed { get; init; }

    /// <summary>The CEL rules of <c>x-kubernetes-validations</c> as written. Nothing evaluates them yet.</summary>
    public JsonArray? Rules { get; init; }
}
