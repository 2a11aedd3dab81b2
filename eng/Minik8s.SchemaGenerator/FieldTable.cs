namespace Minik8s.SchemaGenerator;

/// <summary>
/// What the models lack, from text tables. A line is <c>Model.field attribute …</c> with the attributes <c>required</c>, <c>default=JSON</c>,
/// <c>list=set|map:key,…</c>, <c>patch=merge[:key]|retainKeys|…</c>, <c>optional</c>; '#' begins a comment.
/// </summary>
internal sealed class FieldTable
{
    private readonly Dictionary<string, string[]> _lines = [];
    private readonly HashSet<string> _used = [];

    public static FieldTable Load(string directory)
    {
        var table = new FieldTable();
        foreach (var line in Directory.GetFiles(directory, "*.txt").Order().SelectMany(File.ReadLines))
        {
            var words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && !table._lines.TryAdd(words[0], words[1..])) throw new InvalidDataException($"{words[0]} stands twice in the tables");
        }

        return table;
    }

    public string[] Find(string model, string field)
    {
        var key = $"{model}.{field}";
        if (!_lines.TryGetValue(key, out var attributes)) return [];
        _used.Add(key);
        return attributes;
    }

    public string[] Unused() => [.. _lines.Keys.Where(k => !_used.Contains(k))];
}
