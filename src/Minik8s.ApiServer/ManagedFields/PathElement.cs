using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>How a child is chosen in its parent, in the order in which elements sort.</summary>
public enum PathElementKind : byte
{
    /// <summary><c>f:name</c>: a field of an object or map.</summary>
    Field,

    /// <summary><c>k:{…}</c>: the item of a list whose keys have these values.</summary>
    Key,

    /// <summary><c>v:…</c>: the item of a set with this value.</summary>
    Value,

    /// <summary><c>i:n</c>: the item at a position.</summary>
    Index,
}

/// <summary>One step of a path through an object, as in <c>fieldsV1</c> (structured-merge-diff's fieldpath.PathElement).</summary>
public readonly struct PathElement : IEquatable<PathElement>, IComparable<PathElement>
{
    private readonly object? _content;
    private readonly int _index;

    private PathElement(PathElementKind kind, object? content, int index)
    {
        Kind = kind;
        _content = content;
        _index = index;
    }

    public PathElementKind Kind { get; }

    /// <summary>The field's name; only of a <see cref="PathElementKind.Field"/>.</summary>
    public string Name => (string)_content!;

    private (string Name, JsonScalar Value)[] Keys => ((string, JsonScalar)[])_content!;

    public static PathElement Field(string name) => new(PathElementKind.Field, name, 0);

    public static PathElement Index(int index) => new(PathElementKind.Index, null, index);

    public static PathElement Value(JsonScalar value) => new(PathElementKind.Value, new[] { ("", value) }, 0);

    /// <param name="keys">Names and values; the array becomes the element's own and is sorted by name.</param>
    public static PathElement Key((string Name, JsonScalar Value)[] keys)
    {
        if (keys.Length > 1) Array.Sort(keys, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new(PathElementKind.Key, keys, 0);
    }

    /// <summary>Reads an element as it stands in <c>fieldsV1</c>. Null for a kind that this version does not know, which is to be passed over.</summary>
    /// <exception cref="FormatException">It has the form of no element.</exception>
    public static PathElement? Parse(string text)
    {
        if (text.Length < 2 || text[1] != ':') throw new FormatException($"missing colon: {text}");
        var rest = text[2..];
        try
        {
            switch (text[0])
            {
                case 'f':
                    return Field(rest);
                case 'i':
                    return Index(int.Parse(rest, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
                case 'v':
                    return JsonScalar.TryRead(JsonNode.Parse(rest), out var value) ? Value(value) : throw new FormatException($"not a scalar: {text}");
                case 'k':
                    var map = JsonNode.Parse(rest) as JsonObject ?? throw new FormatException($"not a map of keys: {text}");
                    return Key([.. map.Select(p => JsonScalar.TryRead(p.Value, out var key) ? (p.Key, key) : throw new FormatException($"not a scalar: {text}"))]);
                default:
                    return null;
            }
        }
        catch (Exception e) when (e is JsonException or OverflowException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"{text}: {e.Message}", e);
        }
    }

    /// <summary>As it stands in <c>fieldsV1</c>.</summary>
    public string Serialise()
    {
        switch (Kind)
        {
            case PathElementKind.Field:
                return "f:" + Name;
            case PathElementKind.Value:
                return "v:" + Keys[0].Value;
            case PathElementKind.Index:
                return "i:" + _index.ToString(CultureInfo.InvariantCulture);
            default:
                var text = new StringBuilder("k:{");
                foreach (var (name, value) in Keys) text.Append(text.Length > 3 ? "," : "").Append(JsonText.Quote(name)).Append(':').Append(value);
                return text.Append('}').ToString();
        }
    }

    /// <summary>As messages show it: <c>.spec</c>, <c>[name="web"]</c>, <c>[="value"]</c>.</summary>
    public override string ToString() => Kind switch
    {
        PathElementKind.Field => "." + Name,
        PathElementKind.Key => $"[{string.Join(',', Keys.Select(k => $"{k.Name}={k.Value}"))}]",
        PathElementKind.Value => $"[={Keys[0].Value}]",
        _ => $"[{_index.ToString(CultureInfo.InvariantCulture)}]",
    };

    public int CompareTo(PathElement other)
    {
        if (Kind != other.Kind) return Kind.CompareTo(other.Kind);
        switch (Kind)
        {
            case PathElementKind.Field:
                return string.CompareOrdinal(Name, other.Name);
            case PathElementKind.Index:
                return _index.CompareTo(other._index);
        }

        var (a, b) = (Keys, other.Keys);
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            var order = string.CompareOrdinal(a[i].Name, b[i].Name);
            if (order == 0) order = a[i].Value.CompareTo(b[i].Value);
            if (order != 0) return order;
        }

        return a.Length.CompareTo(b.Length);
    }

    public bool Equals(PathElement other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is PathElement other && Equals(other);

    public override int GetHashCode()
    {
        switch (Kind)
        {
            case PathElementKind.Field:
                return Name.GetHashCode(StringComparison.Ordinal);
            case PathElementKind.Index:
                return _index;
            default:
                var hash = default(HashCode);
                foreach (var (_, value) in Keys) hash.Add(value);
                return hash.ToHashCode();
        }
    }

    public static bool operator ==(PathElement left, PathElement right) => left.Equals(right);

    public static bool operator !=(PathElement left, PathElement right) => !left.Equals(right);
}
