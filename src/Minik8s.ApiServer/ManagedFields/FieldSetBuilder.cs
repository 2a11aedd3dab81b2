namespace Minik8s.ApiServer.ManagedFields;

/// <summary>Collects the elements of one level in any order, with repetitions, and makes a set of them.</summary>
internal sealed class FieldSetBuilder
{
    private readonly List<FieldSet.Node> _nodes = [];

    public void Add(PathElement element, bool member, FieldSet? children) => FieldSet.Add(_nodes, element, member, children);

    public FieldSet Build()
    {
        if (_nodes.Count == 0) return FieldSet.Empty;
        if (IsOrdered()) return new([.. _nodes]);
        _nodes.Sort((a, b) => a.Element.CompareTo(b.Element));
        var result = new List<FieldSet.Node>(_nodes.Count);
        foreach (var node in _nodes)
        {
            if (result.Count > 0 && result[^1].Element == node.Element) result[^1] = FieldSet.Join(result[^1], node);
            else result.Add(node);
        }

        return new([.. result]);
    }

    private bool IsOrdered()
    {
        for (var i = 1; i < _nodes.Count; i++)
        {
            if (_nodes[i - 1].Element.CompareTo(_nodes[i].Element) >= 0) return false;
        }

        return true;
    }
}
