using System.Text;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// A set of fields of an object, as a tree of path elements (structured-merge-diff's fieldpath.Set). Immutable; parts are shared between sets.
/// That a path is in the set says nothing of the paths above and below it.
/// </summary>
public sealed class FieldSet : IEquatable<FieldSet>
{
    /// <summary>An element: in the set itself when a member, and with the fields below it.</summary>
    internal readonly record struct Node(PathElement Element, bool Member, FieldSet? Children);

    private readonly Node[] _nodes;

    /// <param name="nodes">Sorted by element, without repetition, each a member or with children that are not empty.</param>
    internal FieldSet(Node[] nodes) => _nodes = nodes;

    public static FieldSet Empty { get; } = new([]);

    public bool IsEmpty => _nodes.Length == 0;

    internal ReadOnlySpan<Node> Nodes => _nodes;

    /// <summary>The set of one path of fields.</summary>
    public static FieldSet Of(params ReadOnlySpan<string> path)
    {
        FieldSet? below = null;
        for (var i = path.Length - 1; i >= 0; i--) below = new([new(PathElement.Field(path[i]), below is null, below)]);
        return below ?? Empty;
    }

    public bool Contains(PathElement element) => Find(element) is { Member: true };

    public bool Contains(ReadOnlySpan<PathElement> path)
    {
        var set = this;
        for (var i = 0; i < path.Length - 1; i++)
        {
            if (set.Find(path[i]).Children is not { } children) return false;
            set = children;
        }

        return path.Length > 0 && set.Contains(path[^1]);
    }

    /// <summary>What is below an element; empty when nothing is.</summary>
    public FieldSet Below(PathElement element) => Find(element).Children ?? Empty;

    public FieldSet Union(FieldSet other)
    {
        if (IsEmpty || ReferenceEquals(this, other)) return other;
        if (other.IsEmpty) return this;
        var result = new List<Node>(_nodes.Length + other._nodes.Length);
        int i = 0, j = 0;
        while (i < _nodes.Length || j < other._nodes.Length)
        {
            var order = i == _nodes.Length ? 1 : j == other._nodes.Length ? -1 : _nodes[i].Element.CompareTo(other._nodes[j].Element);
            if (order < 0) result.Add(_nodes[i++]);
            else if (order > 0) result.Add(other._nodes[j++]);
            else result.Add(Join(_nodes[i++], other._nodes[j++]));
        }

        return new([.. result]);
    }

    public FieldSet Intersection(FieldSet other)
    {
        var result = new List<Node>();
        int i = 0, j = 0;
        while (i < _nodes.Length && j < other._nodes.Length)
        {
            var (a, b) = (_nodes[i], other._nodes[j]);
            var order = a.Element.CompareTo(b.Element);
            if (order <= 0) i++;
            if (order >= 0) j++;
            if (order != 0) continue;
            var children = a.Children is null || b.Children is null ? null : a.Children.Intersection(b.Children);
            Add(result, a.Element, a.Member && b.Member, children);
        }

        return Made(result);
    }

    /// <summary>What is here and not in the other, path by path.</summary>
    public FieldSet Difference(FieldSet other) => Subtract(other, recursive: false);

    /// <summary>What is here and neither in the other nor below a path of the other.</summary>
    public FieldSet RecursiveDifference(FieldSet other) => Subtract(other, recursive: true);

    /// <summary>The part at and below some of the top-level elements.</summary>
    public FieldSet Where(Predicate<PathElement> keep) => Array.TrueForAll(_nodes, n => keep(n.Element)) ? this : Made([.. _nodes.Where(n => keep(n.Element))]);

    /// <summary>The set with every declared field that has something below it made a member: what it takes to remove a struct with its last field.</summary>
    public FieldSet WithNamedFields(Schema? schema)
    {
        if (_nodes.Length == 0) return this;
        var result = new Node[_nodes.Length];
        for (var i = 0; i < _nodes.Length; i++)
        {
            var node = _nodes[i];
            if (node.Children is null)
            {
                result[i] = node;
                continue;
            }

            var declared = node.Element.Kind == PathElementKind.Field && schema?.Properties.ContainsKey(node.Element.Name) == true;
            result[i] = new(node.Element, node.Member || declared, node.Children.WithNamedFields(TypeView.Below(schema, node.Element)));
        }

        return new(result);
    }

    /// <summary>All paths: the members of a level before what is below them.</summary>
    public IEnumerable<PathElement[]> Paths() => Paths([]);

    public bool Equals(FieldSet? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || other._nodes.Length != _nodes.Length) return false;
        for (var i = 0; i < _nodes.Length; i++)
        {
            var (a, b) = (_nodes[i], other._nodes[i]);
            if (a.Member != b.Member || a.Element != b.Element || !Equals(a.Children, b.Children)) return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as FieldSet);

    public override int GetHashCode() => HashCode.Combine(_nodes.Length, _nodes.Length == 0 ? default : _nodes[0].Element);

    /// <summary>One path a line.</summary>
    public override string ToString() => string.Join('\n', Paths().Select(Show));

    /// <summary>A path as messages show it: <c>.spec.containers[name="web"].image</c>.</summary>
    public static string Show(PathElement[] path)
    {
        var text = new StringBuilder();
        foreach (var element in path) text.Append(element.ToString());
        return text.ToString();
    }

    internal static void Add(List<Node> nodes, PathElement element, bool member, FieldSet? children)
    {
        if (children is { IsEmpty: true }) children = null;
        if (member || children is not null) nodes.Add(new(element, member, children));
    }

    internal static FieldSet Made(List<Node> nodes) => nodes.Count == 0 ? Empty : new([.. nodes]);

    internal static Node Join(Node a, Node b) =>
        new(a.Element, a.Member || b.Member, a.Children is null ? b.Children : b.Children is null ? a.Children : a.Children.Union(b.Children));

    private FieldSet Subtract(FieldSet other, bool recursive)
    {
        if (IsEmpty || other.IsEmpty) return this;
        var result = new List<Node>(_nodes.Length);
        var changed = false;
        var j = 0;
        foreach (var node in _nodes)
        {
            while (j < other._nodes.Length && other._nodes[j].Element.CompareTo(node.Element) < 0) j++;
            if (j == other._nodes.Length || other._nodes[j].Element != node.Element)
            {
                result.Add(node);
                continue;
            }

            var taken = other._nodes[j];
            var children = recursive && taken.Member ? null : taken.Children is null ? node.Children : node.Children?.Subtract(taken.Children, recursive);
            var member = node.Member && !taken.Member;
            changed |= member != node.Member || !ReferenceEquals(children, node.Children);
            Add(result, node.Element, member, children);
        }

        return changed ? Made(result) : this;
    }

    private Node Find(PathElement element)
    {
        int low = 0, high = _nodes.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _nodes[middle].Element.CompareTo(element);
            if (order == 0) return _nodes[middle];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return default;
    }

    private IEnumerable<PathElement[]> Paths(PathElement[] prefix)
    {
        foreach (var node in _nodes)
        {
            if (node.Member) yield return [.. prefix, node.Element];
        }

        foreach (var node in _nodes)
        {
            if (node.Children is null) continue;
            foreach (var path in node.Children.Paths([.. prefix, node.Element])) yield return path;
        }
    }
}
