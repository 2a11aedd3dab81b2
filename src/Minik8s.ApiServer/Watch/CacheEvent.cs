namespace Minik8s.ApiServer.Watch;

/// <summary>What watchers are told.</summary>
public enum CacheEventType
{
    Added,
    Modified,
    Deleted,
}

/// <summary>One change of one object. Its line on the wire is made once and shared by all watchers that want it in that form.</summary>
public sealed class CacheEvent(CacheEventType type, CachedObject current, CachedObject? previous, long revision)
{
    private byte[]? _added;
    private byte[]? _modified;
    private byte[]? _deleted;
    private volatile OtherVersion? _others;

    public CacheEventType Type => type;

    /// <summary>The object after the change; for a deletion its last state, carrying the revision of the deletion.</summary>
    public CachedObject Current => current;

    public CachedObject? Previous => previous;

    public long Revision => revision;

    /// <summary>The line for a watcher that sees the change as this type.</summary>
    public byte[] Line(CacheEventType seenAs) => seenAs switch
    {
        CacheEventType.Added => _added ??= Encode("{\"type\":\"ADDED\",\"object\":"u8, current.Json),
        CacheEventType.Modified => _modified ??= Encode("{\"type\":\"MODIFIED\",\"object\":"u8, current.Json),
        _ => _deleted ??= Encode("{\"type\":\"DELETED\",\"object\":"u8, current.Json),
    };

    /// <summary>The event with its object in another version. It is converted once for all watchers of that version.</summary>
    public CacheEvent In(object version, Func<CachedObject, CachedObject> convert)
    {
        if (FindIn(version) is { } known) return known;
        lock (current)
        {
            if (FindIn(version) is { } made) return made;
            _others = new OtherVersion(version, new CacheEvent(type, convert(current), null, revision), _others);
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

    /// <summary>A line of an event around an object's JSON.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> head, ReadOnlySpan<byte> json)
    {
        var line = new byte[head.Length + json.Length + 2];
        head.CopyTo(line);
        json.CopyTo(line.AsSpan(head.Length));
        line[^2] = (byte)'}';
        line[^1] = (byte)'\n';
        return line;
    }

    private sealed record OtherVersion(object Version, CacheEvent Event, OtherVersion? Next);
}
