namespace Minik8s.Store.Watching;

/// <summary>
/// Finds the ranges that contain a key with one binary search. The bounds of all ranges cut the keys into segments, each of which lists who covers it; they are
/// cut anew at the first search after a change, since ranges change rarely and searches are many. Not safe for concurrent use.
/// </summary>
internal sealed class RangeIndex<T>
    where T : class
{
    private readonly Dictionary<T, (string Start, string End)> _ranges = [];
    private string[] _bounds = [];
    private T[][] _segments = [];
    private bool _stale;

    public IEnumerable<T> All => _ranges.Keys;

    public void Add(string start, string end, T item)
    {
        _ranges.Add(item, (start, end));
        _stale = true;
    }

    public bool Remove(T item) => _ranges.Remove(item) && (_stale = true);

    public void Clear()
    {
        _ranges.Clear();
        _stale = true;
    }

    /// <summary>Those whose range contains the key.</summary>
    public ReadOnlySpan<T> Find(string key)
    {
        if (_stale) Cut();
        var segment = Position(key);
        return segment < 0 ? [] : _segments[segment];
    }

    private void Cut()
    {
        _stale = false;
        var bounds = new SortedSet<string>(Comparer<string>.Create(KeyOrder.Compare));
        foreach (var (start, end) in _ranges.Values)
        {
            bounds.Add(start);
            bounds.Add(end);
        }

        _bounds = [.. bounds];
        var segments = new List<T>[_bounds.Length];
        foreach (var (item, (start, end)) in _ranges)
        {
            var last = Position(end);
            for (var i = Position(start); i < last; i++) (segments[i] ??= []).Add(item);
        }

        _segments = [.. segments.Select(s => s?.ToArray() ?? [])];
    }

    /// <summary>The last bound that is not after the key; -1 when all are.</summary>
    private int Position(string key)
    {
        int low = 0, high = _bounds.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (KeyOrder.Compare(_bounds[middle], key) <= 0) low = middle + 1;
            else high = middle - 1;
        }

        return high;
    }
}
