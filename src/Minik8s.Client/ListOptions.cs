namespace Minik8s.Client;

/// <summary>What of a collection is listed or watched.</summary>
public sealed record ListOptions
{
    /// <summary>Only this namespace; null: all of them.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>At most so many objects in one answer; the rest follow by <see cref="Continue"/>.</summary>
    public int? Limit { get; init; }

    /// <summary>The token of the answer before.</summary>
    public string? Continue { get; init; }

    /// <summary>List: how fresh the answer must be. Watch: changes after this version. <c>0</c>: whatever the server has at hand.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Watch: the server ends the watch after this time.</summary>
    public TimeSpan? Timeout { get; init; }
}
