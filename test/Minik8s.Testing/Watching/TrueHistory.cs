using System.Text.Json;
using Minik8s.Store;

namespace Minik8s.Testing.Watching;

/// <summary>
/// What has happened to the objects below a prefix, read from the store itself; against it the checker holds what watchers have seen.
/// </summary>
public sealed class TrueHistory(string prefix, string label)
{
    private readonly List<(ObjectState? Before, ObjectState? Now, long Revision)> _changes = [];

    /// <summary>History is complete up to this revision.</summary>
    public long Revision { get; private set; }

    /// <summary>Begins at the present of a store that has no object below the prefix.</summary>
    public async Task BeginAsync(IStore store)
    {
        var empty = await store.RangeAsync(RangeQuery.Prefix(prefix), default);
        if (empty.Count > 0) throw new InvalidOperationException($"{prefix} is not empty");
        Revision = empty.Revision;
    }

    /// <summary>Reads on up to the store's present.</summary>
    public async Task CatchUpAsync(IStore store)
    {
        var present = await store.CurrentRevisionAsync(default);
        if (present <= Revision) return;
        await using var watch = await store.WatchAsync(prefix, KeyRange.PrefixEnd(prefix), Revision, default);
        await watch.RequestProgressAsync(default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var batch in watch.ReadAllAsync(limit.Token))
        {
            foreach (var e in batch.Events)
            {
                if (e.Revision <= _changes.LastOrDefault().Revision) throw new InvalidOperationException($"the store's own watch repeats revision {e.Revision}");
                var before = e.PreviousValue is { } previous ? State(e.Key, previous, e.Revision) : null;
                _changes.Add((before, e.Type == StoreEventType.Delete ? null : State(e.Key, e.Value, e.Revision), e.Revision));
            }

            Revision = Math.Max(Revision, batch.Revision);
            if (Revision >= present) return;
        }
    }

    /// <summary>The objects of a selection at a revision.</summary>
    public IReadOnlyList<ObjectState> At(long revision, WatchSelection selection)
    {
        var objects = new SortedDictionary<string, ObjectState>(StringComparer.Ordinal);
        foreach (var (before, now, _) in _changes.TakeWhile(c => c.Revision <= revision))
        {
            if (now is null) objects.Remove(before!.Key);
            else objects[now.Key] = now;
        }

        return [.. objects.Values.Where(selection.Matches)];
    }

    /// <summary>The events that a watcher of the selection sees after a revision.</summary>
    public IEnumerable<SeenEvent> After(long revision, WatchSelection selection)
    {
        foreach (var (before, now, at) in _changes.Where(c => c.Revision > revision))
        {
            var (did, does) = (before is not null && selection.Matches(before), now is not null && selection.Matches(now));
            if (does) yield return new(did ? "MODIFIED" : "ADDED", now!);
            // An object that no longer matches is gone for the watcher, in the last state that did.
            else if (did) yield return new("DELETED", before! with { Revision = at });
        }
    }

    private ObjectState State(string key, ReadOnlyMemory<byte> json, long revision)
    {
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement.GetProperty("metadata").TryGetProperty("labels", out var labels) && labels.TryGetProperty(label, out var found) ? found.GetString()! : "";
        return new(key[prefix.Length..], revision, value);
    }
}
