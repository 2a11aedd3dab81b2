namespace Minik8s.Testing.Watching;

/// <summary>What a watcher sees: a namespace or all, and a value of the label or any.</summary>
public sealed record WatchSelection(string? Namespace, string? Label)
{
    public bool Matches(ObjectState state) =>
        (Namespace is null || state.Key.StartsWith(Namespace + "/", StringComparison.Ordinal)) && (Label is null || state.Label == Label);
}
