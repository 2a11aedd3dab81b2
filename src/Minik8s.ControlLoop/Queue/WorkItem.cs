namespace Minik8s.ControlLoop;

/// <summary>What a worker gets from a <see cref="WorkQueue{TKey}"/>.</summary>
/// <param name="HasKey">False: the queue has shut down and is empty.</param>
/// <param name="Key">The key, when there is one.</param>
public readonly record struct WorkItem<TKey>(bool HasKey, TKey Key);
