namespace Minik8s.Store;

/// <summary>One key with its value, as of a revision.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; treat it as immutable.</param>
/// <param name="CreateRevision">The revision of the write that created the key.</param>
/// <param name="ModRevision">The revision of the last write to the key.</param>
/// <param name="Version">The number of writes since creation, 1 for a new key.</param>
public sealed record KeyValue(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision, long Version);

/// <summary>An ordered read of <c>[Start, End)</c>.</summary>
/// <param name="Start">First key, inclusive.</param>
/// <param name="End">First key that is no longer included; null reads the single key <paramref name="Start"/>.</param>
/// <param name="Revision">Read as of this revision; 0 is the newest (a linearizable read).</param>
/// <param name="Limit">The most items returned; 0 is no limit.</param>
/// <param name="CountOnly">Return only the count.</param>
public sealed record RangeQuery(string Start, string? End = null, long Revision = 0, int Limit = 0, bool CountOnly = false)
{
    /// <summary>A read of every key with the prefix.</summary>
    public static RangeQuery Prefix(string prefix, long revision = 0, int limit = 0) => new(prefix, KeyRange.PrefixEnd(prefix), revision, limit);
}

/// <summary>The answer to a <see cref="RangeQuery"/>.</summary>
/// <param name="Revision">The revision that the answer shows (the store's newest when the query named none).</param>
/// <param name="Items">The items in key order.</param>
/// <param name="Count">The number of keys in the range, regardless of the limit.</param>
/// <param name="More">Whether the limit cut items off.</param>
public sealed record RangeResult(long Revision, IReadOnlyList<KeyValue> Items, long Count, bool More);

/// <summary>A conditional write to one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The new value; null deletes the key.</param>
/// <param name="ExpectedRevision">The modification revision that the key must have: 0 means that it must not exist, null that anything goes.</param>
/// <param name="TimeToLive">Remove the key by itself after this time (rounded up to a second); null keeps it.</param>
public sealed record WriteRequest(string Key, ReadOnlyMemory<byte>? Value, long? ExpectedRevision, TimeSpan? TimeToLive = null);

/// <summary>The outcome of a <see cref="WriteRequest"/>.</summary>
/// <param name="Succeeded">Whether the comparison held and the write was committed. A delete of an absent key with no expectation succeeds without a commit.</param>
/// <param name="Revision">The revision of the commit, or the store's revision when nothing was committed.</param>
/// <param name="Current">The key's state before the write when it succeeded, or its present state when the comparison failed; null when absent.</param>
public sealed record WriteResult(bool Succeeded, long Revision, KeyValue? Current);
