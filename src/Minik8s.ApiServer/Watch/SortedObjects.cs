namespace Minik8s.ApiServer.Watch;

/// <summary>
/// Objects in key order in one array: found by binary search, and a range is copied out in one stroke, so that whoever reads many holds up the writer only for
/// the copy of their references. Not thread-safe.
/// </summary>
internal sealed class SortedObjects
{
    private readonly List<CachedObject> _objects = [];

    public int Count => _objects.Count;

    public CachedObject? Find(string key) => IndexOf(key) is >= 0 and var at ? _objects[at] : null;

    public void Set(CachedObject obj)
    {
        var at = IndexOf(obj.Key);
        if (at >= 0) _objects[at] = obj;
        else _objects.Insert(~at, obj);
    }

    public void Remove(string key)
    {
        if (IndexOf(key) is >= 0 and var at) _objects.RemoveAt(at);
    }

    /// <summary>The objects whose keys begin with the prefix; all for an empty one.</summary>
    public CachedObject[] Range(string prefix)
    {
        if (prefix.Length == 0) return [.. _objects];
        var start = Bound(prefix);
        var end = Bound(prefix + '\uffff');
        var range = new CachedObject[end - start];
        _objects.CopyTo(start, range, 0, range.Length);
        return range;
    }

    private int Bound(string key) => IndexOf(key) is >= 0 and var at ? at : ~IndexOf(key);

    private int IndexOf(string key)
    {
        int low = 0, high = _objects.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(_objects[middle].Key, key);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
