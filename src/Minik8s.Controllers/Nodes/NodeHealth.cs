using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Nodes;

/// <summary>The conditions of a node, and the taints that follow from them.</summary>
internal static class NodeHealth
{
    public const string NotReadyTaint = "node.kubernetes.io/not-ready";
    public const string UnreachableTaint = "node.kubernetes.io/unreachable";
    private const string UnschedulableTaint = "node.kubernetes.io/unschedulable";

    private static readonly string[] Heard = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

    // The status of a condition that taints the node, by condition.
    private static readonly Dictionary<string, (string Status, string Taint)> Pressures = new()
    {
        ["MemoryPressure"] = ("True", "node.kubernetes.io/memory-pressure"),
        ["DiskPressure"] = ("True", "node.kubernetes.io/disk-pressure"),
        ["PIDPressure"] = ("True", "node.kubernetes.io/pid-pressure"),
        ["NetworkUnavailable"] = ("True", "node.kubernetes.io/network-unavailable"),
    };

    public static V1NodeCondition? Condition(V1Node node, string type) => node.Status?.Conditions?.FirstOrDefault(c => c.Type == type);

    public static DateTime? ReadyHeartbeat(V1Node node) => Condition(node, "Ready")?.LastHeartbeatTime;

    /// <summary>The status of condition Ready; a node that never posted one is Unknown.</summary>
    public static string Ready(V1Node node) => Condition(node, "Ready")?.Status ?? "Unknown";

    /// <summary>The conditions that a silent node has to lose, for a strategic merge patch.</summary>
    public static JsonArray Silenced(V1Node node, DateTimeOffset now)
    {
        var changed = new JsonArray();
        foreach (var type in Heard)
        {
            var present = Condition(node, type);
            if (present?.Status == "Unknown") continue;
            changed.Add((JsonNode)new JsonObject
            {
                ["type"] = type,
                ["status"] = "Unknown",
                ["reason"] = present is null ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
                ["message"] = present is null ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
                ["lastHeartbeatTime"] = KubeJson.Time(present?.LastHeartbeatTime is { } heard ? new DateTimeOffset(heard, TimeSpan.Zero)
                    : node.Metadata.CreationTimestamp is { } created ? new DateTimeOffset(created, TimeSpan.Zero) : now),
                ["lastTransitionTime"] = KubeJson.Time(now),
            });
        }

        return changed;
    }

    /// <summary>The node's taints as its conditions want them; those that people and other controllers set stay. Null: nothing changes.</summary>
    public static List<V1Taint>? Taints(V1Node node, DateTimeOffset now)
    {
        var wanted = Wanted(node).ToHashSet();
        var present = node.Spec?.Taints ?? [];
        var kept = present.Where(t => !IsOurs(t) || wanted.Contains((t.Key, t.Effect))).ToList();
        var added = wanted.Where(w => !present.Any(t => t.Key == w.Key && t.Effect == w.Effect)).ToList();
        if (kept.Count == present.Count && added.Count == 0) return null;
        foreach (var (key, effect) in added.OrderBy(a => a.Key, StringComparer.Ordinal).ThenBy(a => a.Effect, StringComparer.Ordinal))
        {
            kept.Add(new V1Taint { Key = key, Effect = effect, TimeAdded = now.UtcDateTime });
        }

        return kept;
    }

    private static IEnumerable<(string Key, string Effect)> Wanted(V1Node node)
    {
        switch (Ready(node))
        {
            case "False":
                yield return (NotReadyTaint, "NoSchedule");
                yield return (NotReadyTaint, "NoExecute");
                break;
            case "Unknown":
                yield return (UnreachableTaint, "NoSchedule");
                yield return (UnreachableTaint, "NoExecute");
                break;
        }

        foreach (var (type, (status, taint)) in Pressures)
        {
            if (Condition(node, type)?.Status == status) yield return (taint, "NoSchedule");
        }

        if (node.Spec?.Unschedulable == true) yield return (UnschedulableTaint, "NoSchedule");
    }

    private static bool IsOurs(V1Taint taint) => taint.Key switch
    {
        NotReadyTaint or UnreachableTaint => taint.Effect is "NoSchedule" or "NoExecute",
        UnschedulableTaint => taint.Effect == "NoSchedule",
        _ => taint.Effect == "NoSchedule" && Pressures.Values.Any(p => p.Taint == taint.Key),
    };
}
