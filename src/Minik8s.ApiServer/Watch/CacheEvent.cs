namespace Minik8s.ApiServer.Watch;

/// <summary>What watchers are told.</summary>
public enum CacheEventType
{
    Added,
    Modified,
    Deleted,
}

/// <summary>One change of one object, shared by all watchers.</summary>
public sealed class CacheEvent(CacheEventType type, CachedObject current, CachedObject? previous, long revision)
{
    private CachedObject? _left;
    private volatile OtherVersion? _others;

    public CacheEventType Type => type;

    /// <summary>The object after the change; for a deletion its last state, carrying the revision of the deletion.</summary>
    public CachedObject Current => current;

    public CachedObject? Previous => previous;

    public long Revision => revision;

    /// <summary>The object as a watcher sees it: one that ceases to match is shown in its last matching state.</summary>
    public CachedObject Seen(CacheEventType seenAs) =>
        seenAs == CacheEventType.Deleted && type != CacheEventType.Deleted && previous is not null ? _left ??= previous.At(revision) : current;

    /// <summary>The event with its object in another version. It is converted once for all watchers of that version.</summary>
    public CacheEvent In(object version, Func<CachedObject, CachedObject> convert)
    {
        if (FindIn(version) is { } known) return known;
        lock (current)
        {
            if (FindIn(version) is { } made) return made;
            _others = new OtherVersion(version, new CacheEvent(type, convert(current), previous is null ? null : convert(previous), revision), _others);
            return _others.Event;
        }
    }

    private CacheEvent? FindIn(object version)
    {
        for (var other = _others; other is not null; other = other.Next)
        {
            if (ReferenceEquals(other.Version, version)) return other.Event;
        }

        return null;
    }

    private sealed record OtherVersion(object Version, CacheEvent Event, OtherVersion? Next);
}
