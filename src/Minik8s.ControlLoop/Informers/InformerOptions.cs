namespace Minik8s.ControlLoop;

/// <summary>What part of a collection an informer holds.</summary>
public sealed record InformerOptions
{
    /// <summary>Only this namespace; null: all.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }
}
