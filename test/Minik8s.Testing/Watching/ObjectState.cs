namespace Minik8s.Testing.Watching;

/// <summary>An object as of a revision: what the checker compares.</summary>
/// <param name="Key">Namespace and name.</param>
/// <param name="Revision">Its resourceVersion.</param>
/// <param name="Label">The value of the label that selectors look at; empty without one.</param>
public sealed record ObjectState(string Key, long Revision, string Label);
