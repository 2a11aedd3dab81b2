namespace Minik8s.Client;

/// <summary>One answer to a list.</summary>
/// <param name="Items">The objects.</param>
/// <param name="ResourceVersion">The version of the collection: a watch from here misses nothing.</param>
/// <param name="Continue">The token that asks for the next part; null at the end.</param>
public sealed record ResourceList<T>(IReadOnlyList<T> Items, string ResourceVersion, string? Continue);
