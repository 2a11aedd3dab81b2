namespace Minik8s.SchemaGenerator;

/// <summary>
/// What the models lack, from text tables. A line is <c>Model attribute …</c> or <c>Model.field attribute …</c>; '#' begins a comment, and what several
/// lines say of one name adds up. Attributes of a model: <c>required=field,…</c>, <c>atomic</c>, <c>package=NAME</c>. Attributes of a field:
/// <c>default=JSON</c>, <c>list=set|map:key,…</c>, <c>patch=merge[:key]|retainKeys|…</c>, <c>atomic</c>, <c>granular</c>, <c>format=NAME</c>, <c>free=DEFINITION</c> (any
/// JSON, by a name of its own) and <c>free-items=DEFINITION</c>.
/// </summary>
internal sealed class FieldTable
{
    private readonly Dictionary<string, List<string>> _lines = [];
    private readonly HashSet<string> _used = [];

    public static FieldTable Load(string directory)
    {
        var table = new FieldTable();
        foreach (var line in Directory.GetFiles(directory, "*.txt").Order(StringComparer.Ordinal).SelectMany(File.ReadLines))
        {
            var words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (!table._lines.TryGetValue(words[0], out var attributes)) table._lines[words[0]] = attributes = [];
            foreach (var word in words[1..])
            {
                if (attributes.Exists(a => Name(a) == Name(word))) throw new InvalidDataException($"the tables give {Name(word)} of {words[0]} twice");
                attributes.Add(word);
            }
        }

        return table;
    }

    /// <summary>The attributes of a model, or of a field as <c>Model.field</c>.</summary>
    public IReadOnlyList<string> Find(string name)
    {
        if (!_lines.TryGetValue(name, out var attributes)) return [];
        _used.Add(name);
        return attributes;
    }

    /// <summary>The names that nobody has asked for: they stand for nothing in the models.</summary>
    public string[] Unused() => [.. _lines.Keys.Where(k => !_used.Contains(k))];

    private static string Name(string attribute) => attribute.Split('=')[0];
}
