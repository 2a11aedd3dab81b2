using System.Globalization;
using k8s.Models;

namespace Minik8s.Proxy.Health;

/// <summary>Whether the proxy does its work, and whether load balancers should use the node.</summary>
internal sealed class ProxyHealth(TimeProvider time)
{
    /// <summary>The taint with which the cluster autoscaler announces that it removes a node.</summary>
    private const string LeavingTaint = "ToBeDeletedByClusterAutoscaler";

    /// <summary>A change that has waited longer than this means that the proxy is stuck (kube-proxy: twice its sync period).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DateTimeOffset? _queued = time.GetUtcNow();
    private DateTimeOffset _updated = time.GetUtcNow();
    private bool _eligible = true;

    public bool IsHealthy
    {
        get
        {
            lock (_lock) return _queued is not { } since || time.GetUtcNow() - since <= Patience;
        }
    }

    /// <summary>A change is waiting to be written.</summary>
    public void Queued()
    {
        lock (_lock) _queued ??= time.GetUtcNow();
    }

    /// <summary>All changes are written.</summary>
    public void Updated()
    {
        lock (_lock)
        {
            _queued = null;
            _updated = time.GetUtcNow();
        }
    }

    /// <summary>The node's object; null: there is none.</summary>
    public void SetNode(V1Node? node)
    {
        lock (_lock) _eligible = node is null || (node.Metadata.DeletionTimestamp is null && !(node.Spec?.Taints ?? []).Any(t => t.Key == LeavingTaint));
    }

    /// <summary>The answers of <c>/healthz</c> (for load balancers: also whether the node stays) and <c>/livez</c>.</summary>
    public (int Status, string Body)? Answer(string path)
    {
        if (path is not ("/healthz" or "/livez")) return null;
        bool eligible;
        DateTimeOffset updated;
        var healthy = IsHealthy;
        lock (_lock)
        {
            eligible = _eligible;
            updated = healthy ? time.GetUtcNow() : _updated;
        }

        var good = healthy && (eligible || path == "/livez");
        return (good ? 200 : 503, $$"""{"lastUpdated": "{{Text(updated)}}","currentTime": "{{Text(time.GetUtcNow())}}", "nodeEligible": {{(eligible ? "true" : "false")}}}""");
    }

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fffffff +0000 'UTC'", CultureInfo.InvariantCulture);
}
