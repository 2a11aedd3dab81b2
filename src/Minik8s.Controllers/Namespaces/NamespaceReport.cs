namespace Minik8s.Controllers.Namespaces;

/// <summary>What a pass over a namespace's content found.</summary>
internal sealed class NamespaceReport
{
    /// <summary>Groups whose resources could not be found out.</summary>
    public List<string> DiscoveryErrors { get; } = [];

    /// <summary>Resources that could not be deleted or listed.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>How many objects are still there, by <c>resource.group</c>.</summary>
    public SortedDictionary<string, int> Remaining { get; } = new(StringComparer.Ordinal);

    /// <summary>How many objects each finalizer holds.</summary>
    public SortedDictionary<string, int> Finalizers { get; } = new(StringComparer.Ordinal);

    public int RemainingObjects => Remaining.Values.Sum();

    /// <summary>When it is worth looking again, should no event say so earlier.</summary>
    public TimeSpan NextLook { get; set; } = TimeSpan.FromSeconds(1);
}
