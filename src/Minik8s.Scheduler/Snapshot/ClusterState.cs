using k8s.Models;

namespace Minik8s.Scheduler.Snapshot;

/// <summary>
/// The nodes and what is placed on them, including pods that were bound a moment ago and are not yet confirmed by the API server (assumed): without
/// these, the next pod would be given the same room again. A snapshot rebuilds only the nodes that changed since the last one.
/// </summary>
internal sealed class ClusterState(TimeProvider time, TimeSpan assumedTimeout)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, NodeState> _nodes = [];
    private readonly Dictionary<string, Placement> _pods = [];
    private readonly Dictionary<string, DateTimeOffset> _expiries = [];
    private NodeInfo[]? _snapshot;

    /// <summary>The nodes as they are now.</summary>
    public IReadOnlyList<NodeInfo> Snapshot()
    {
        lock (_lock)
        {
            ExpireLocked();
            return _snapshot ??= [.. _nodes.Values.Where(n => n.Node is not null).Select(n => n.Info())];
        }
    }

    public void SetNode(V1Node node)
    {
        lock (_lock)
        {
            var state = StateLocked(node.Metadata.Name);
            state.Node = node;
            ChangedLocked(state);
        }
    }

    public void RemoveNode(string name)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(name, out var state)) return;
            state.Node = null;
            ChangedLocked(state);
            DropIfEmptyLocked(name, state);
        }
    }

    /// <summary>A pod that the API server says is on a node: confirms the assumption, or corrects it.</summary>
    public void SetPod(V1Pod pod)
    {
        var placed = new PlacedPod(pod);
        lock (_lock)
        {
            RemoveLocked(placed.Uid);
            AddLocked(placed, pod.Spec.NodeName);
        }
    }

    /// <summary>A pod that is gone or finished.</summary>
    /// <returns>Whether it took any room.</returns>
    public bool RemovePod(string uid)
    {
        lock (_lock) return RemoveLocked(uid);
    }

    /// <summary>Counts a pod on a node ahead of its binding.</summary>
    public void Assume(PlacedPod pod, string node)
    {
        lock (_lock)
        {
            RemoveLocked(pod.Uid);
            AddLocked(pod, node, assumed: true);
        }
    }

    /// <summary>The binding of an assumed pod succeeded: it now waits for its confirmation, though not for ever.</summary>
    public void BindingFinished(string uid)
    {
        lock (_lock)
        {
            if (_pods.TryGetValue(uid, out var placement) && placement.Assumed) _expiries[uid] = time.GetUtcNow() + assumedTimeout;
        }
    }

    /// <summary>The binding of an assumed pod failed: its room is free again. A confirmed pod stays.</summary>
    public void Forget(string uid)
    {
        lock (_lock)
        {
            if (_pods.TryGetValue(uid, out var placement) && placement.Assumed) RemoveLocked(uid);
        }
    }

    /// <summary>Whether a pod is placed or assumed.</summary>
    public bool Contains(string uid)
    {
        lock (_lock) return _pods.ContainsKey(uid);
    }

    private void ExpireLocked()
    {
        if (_expiries.Count == 0) return;
        var now = time.GetUtcNow();
        foreach (var uid in _expiries.Where(e => e.Value <= now).Select(e => e.Key).ToList()) RemoveLocked(uid);
    }

    private void AddLocked(PlacedPod pod, string node, bool assumed = false)
    {
        _pods[pod.Uid] = new(pod, node, assumed);
        var state = StateLocked(node);
        state.Pods[pod.Uid] = pod;
        state.Requested.Add(pod.Requests);
        ChangedLocked(state);
    }

    private bool RemoveLocked(string uid)
    {
        _expiries.Remove(uid);
        if (!_pods.Remove(uid, out var placement)) return false;
        var state = _nodes[placement.Node];
        state.Pods.Remove(uid);
        state.Requested.Subtract(placement.Pod.Requests);
        ChangedLocked(state);
        DropIfEmptyLocked(placement.Node, state);
        return true;
    }

    // A pod's event may come before that of its node, so a node may be known by its pods alone.
    private NodeState StateLocked(string name)
    {
        if (!_nodes.TryGetValue(name, out var state)) _nodes.Add(name, state = new NodeState());
        return state;
    }

    private void DropIfEmptyLocked(string name, NodeState state)
    {
        if (state.Node is null && state.Pods.Count == 0) _nodes.Remove(name);
    }

    private void ChangedLocked(NodeState state)
    {
        state.Changed();
        _snapshot = null;
    }

    private sealed record Placement(PlacedPod Pod, string Node, bool Assumed);

    private sealed class NodeState
    {
        private NodeInfo? _info;

        public V1Node? Node { get; set; }

        public Dictionary<string, PlacedPod> Pods { get; } = [];

        public ResourceAmounts Requested { get; } = new();

        public void Changed() => _info = null;

        public NodeInfo Info() => _info ??= new NodeInfo(Node!, ResourceAmounts.From(Node!.Status?.Allocatable), Requested.Copy(), [.. Pods.Values]);
    }
}
