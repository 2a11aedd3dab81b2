using k8s.Models;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>
/// Who owns whom, by uid, over all resources. It follows the informers, and says after each change which objects have to be looked at: those whose owner is gone or
/// unknown, and those that wait for their dependents. An edge exists as long as its dependent has the reference, whether or not the owner is known: the events of
/// different resources come in any order.
/// </summary>
internal sealed class OwnerGraph(Action<string> examine, Action<string> orphan, Action<GraphNode, V1OwnerReference> reportForeignOwner)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, GraphNode> _nodes = [];
    private readonly Dictionary<string, HashSet<string>> _dependents = [];

    public GraphNode? Find(string uid)
    {
        lock (_lock) return _nodes.GetValueOrDefault(uid);
    }

    public IReadOnlyList<GraphNode> Dependents(string uid)
    {
        lock (_lock) return DependentsLocked(uid);
    }

    /// <summary>Whether all owners are known, are what the references say, and stay: then the server need not be asked.</summary>
    public bool HasSettledOwners(GraphNode node)
    {
        lock (_lock) return node.Owners.All(o => _nodes.TryGetValue(o.Uid, out var owner) && !owner.DeletingDependents && owner.IsMeantBy(o, node.Namespace));
    }

    /// <summary>An object appeared or changed.</summary>
    public void Set(GraphNode node)
    {
        lock (_lock)
        {
            _nodes.TryGetValue(node.Uid, out var old);
            _nodes[node.Uid] = node;
            LinkLocked(node, old);
            if (old is null) CheckDependentsLocked(node);
            if (node.WantsOrphaning && old?.WantsOrphaning != true) orphan(node.Uid);
            if (node.DeletingDependents && old?.DeletingDependents != true)
            {
                foreach (var dependent in DependentsLocked(node.Uid)) examine(dependent.Uid);
                examine(node.Uid);
            }
        }
    }

    /// <summary>An object is gone.</summary>
    public void Remove(string uid)
    {
        lock (_lock)
        {
            if (!_nodes.Remove(uid, out var node)) return;
            foreach (var owner in node.Owners)
            {
                UnlinkLocked(owner.Uid, uid);
                // It may have been the last that its owner waits for.
                if (_nodes.TryGetValue(owner.Uid, out var waiting) && waiting.DeletingDependents) examine(owner.Uid);
            }

            foreach (var dependent in DependentsLocked(uid)) examine(dependent.Uid);
        }
    }

    private void LinkLocked(GraphNode node, GraphNode? old)
    {
        foreach (var before in old?.Owners ?? [])
        {
            var now = node.Owners.FirstOrDefault(o => o.Uid == before.Uid);
            if (now is null) UnlinkLocked(before.Uid, node.Uid);
            // An owner that waits in the foreground is blocked no longer by one that has left it, or does not block any more.
            var freed = before.BlockOwnerDeletion == true && now?.BlockOwnerDeletion != true;
            if ((now is null || freed) && _nodes.TryGetValue(before.Uid, out var owner) && owner.DeletingDependents) examine(before.Uid);
        }

        foreach (var reference in node.Owners)
        {
            if (!_dependents.TryGetValue(reference.Uid, out var dependents)) _dependents.Add(reference.Uid, dependents = []);
            if (!dependents.Add(node.Uid)) continue;
            if (_nodes.TryGetValue(reference.Uid, out var owner)) CheckOwnerLocked(node, reference, owner);
            else examine(node.Uid);
        }
    }

    private void CheckDependentsLocked(GraphNode owner)
    {
        foreach (var dependent in DependentsLocked(owner.Uid))
        {
            foreach (var reference in dependent.Owners.Where(o => o.Uid == owner.Uid)) CheckOwnerLocked(dependent, reference, owner);
        }
    }

    private void CheckOwnerLocked(GraphNode dependent, V1OwnerReference reference, GraphNode owner)
    {
        if (!owner.IsMeantBy(reference, dependent.Namespace))
        {
            if (owner.Resource.Namespaced && owner.Namespace != dependent.Namespace) reportForeignOwner(dependent, reference);
            examine(dependent.Uid);
        }
        else if (owner.DeletingDependents)
        {
            // It came into being while its owner was being deleted with all that belongs to it.
            examine(dependent.Uid);
        }
    }

    private List<GraphNode> DependentsLocked(string uid) =>
        _dependents.TryGetValue(uid, out var dependents) ? [.. dependents.Select(d => _nodes.GetValueOrDefault(d)).OfType<GraphNode>()] : [];

    private void UnlinkLocked(string owner, string dependent)
    {
        if (_dependents.TryGetValue(owner, out var dependents) && dependents.Remove(dependent) && dependents.Count == 0) _dependents.Remove(owner);
    }
}
