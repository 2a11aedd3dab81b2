namespace Minik8s.Testing.Watching;

/// <summary>What one watcher has seen without listing again: where it began, and every event since then, over however many connections.</summary>
/// <param name="Start">The revision after which it watches.</param>
/// <param name="Listed">The objects that the list at that revision held; null when the watcher began at a revision without listing.</param>
public sealed record WatchSegment(long Start, IReadOnlyList<ObjectState>? Listed)
{
    public List<SeenEvent> Events { get; } = [];
}
