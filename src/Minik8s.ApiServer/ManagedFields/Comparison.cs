namespace Minik8s.ApiServer.ManagedFields;

/// <summary>How a value differs from another: fields that only the new one has, that only the old one had, and that both have with different values.</summary>
public sealed record Comparison(FieldSet Added, FieldSet Removed, FieldSet Modified)
{
    public bool IsSame => Added.IsEmpty && Removed.IsEmpty && Modified.IsEmpty;

    /// <summary>What a writer has set.</summary>
    public FieldSet Written => Modified.Union(Added);

    /// <summary>The differences within some of the top-level fields.</summary>
    public Comparison Where(Predicate<PathElement> keep) => new(Added.Where(keep), Removed.Where(keep), Modified.Where(keep));
}
