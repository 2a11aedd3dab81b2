using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Minik8s.ApiServer.Watch;

/// <summary>An object's labels. They are few, so an array holds them in less memory than a hash table and finds them as fast.</summary>
internal sealed class LabelSet : IReadOnlyDictionary<string, string>
{
    public static readonly LabelSet None = new([]);

    private readonly KeyValuePair<string, string>[] _labels;

    private LabelSet(KeyValuePair<string, string>[] labels) => _labels = labels;

    public int Count => _labels.Length;

    public IEnumerable<string> Keys => _labels.Select(l => l.Key);

    public IEnumerable<string> Values => _labels.Select(l => l.Value);

    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

    public static LabelSet Read(JsonElement map)
    {
        var labels = new List<KeyValuePair<string, string>>();
        foreach (var label in map.EnumerateObject()) labels.Add(new(TextPool.Share(label.Name), TextPool.Share(label.Value.GetString() ?? "")));
        return labels.Count == 0 ? None : new([.. labels]);
    }

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var (name, text) in _labels)
        {
            if (name != key) continue;
            value = text;
            return true;
        }

        value = null;
        return false;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _labels.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
