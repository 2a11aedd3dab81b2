using System.Globalization;
using k8s.Models;

namespace Minik8s.Controllers.Workloads;

/// <summary>
/// Which pods are deleted first when there are too many: those without a node, those not running, those not ready, cheap ones
/// (<c>controller.kubernetes.io/pod-deletion-cost</c>, KEP-2255), those on nodes with many of their kind, those ready or created a short time ago (in powers of two,
/// KEP-2185), those that restarted often.
/// </summary>
internal static class DeletionOrder
{
    private const string CostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

    /// <param name="pods">The pods to choose from.</param>
    /// <param name="related">The pods that share a purpose with them, also those of other owners.</param>
    /// <param name="count">How many to choose.</param>
    /// <param name="now">The time from which ages count.</param>
    public static IReadOnlyList<V1Pod> Choose(IReadOnlyList<V1Pod> pods, IEnumerable<V1Pod> related, int count, DateTimeOffset now)
    {
        if (count >= pods.Count) return pods;
        var onNode = related.Where(PodStates.IsActive).CountBy(p => p.Spec.NodeName ?? "").ToDictionary();
        var ranked = pods.Select(p => (Pod: p, Rank: onNode.GetValueOrDefault(p.Spec.NodeName ?? ""))).ToList();
        ranked.Sort((a, b) => Compare(a.Pod, a.Rank, b.Pod, b.Rank, now));
        return [.. ranked.Take(count).Select(r => r.Pod)];
    }

    private static int Compare(V1Pod a, int rankA, V1Pod b, int rankB, DateTimeOffset now)
    {
        var order = HasNode(a).CompareTo(HasNode(b));
        if (order == 0) order = Phase(a).CompareTo(Phase(b));
        if (order == 0) order = PodStates.IsReady(a).CompareTo(PodStates.IsReady(b));
        if (order == 0) order = Cost(a).CompareTo(Cost(b));
        if (order == 0) order = rankB.CompareTo(rankA);
        if (order == 0 && PodStates.IsReady(a)) order = CompareAges(PodStates.ReadySince(a), PodStates.ReadySince(b), now);
        if (order == 0) order = Restarts(b).CompareTo(Restarts(a));
        if (order == 0) order = CompareAges(Created(a), Created(b), now);
        return order == 0 ? string.CompareOrdinal(a.Metadata.Uid, b.Metadata.Uid) : order;
    }

    // Younger first; a time that is not known counts as the youngest.
    private static int CompareAges(DateTimeOffset? a, DateTimeOffset? b, DateTimeOffset now)
    {
        if (a == b) return 0;
        if (a is null) return -1;
        if (b is null) return 1;
        return Magnitude(now - a.Value).CompareTo(Magnitude(now - b.Value));
    }

    private static int Magnitude(TimeSpan age) => age <= TimeSpan.Zero ? -1 : (int)Math.Log2(age.TotalNanoseconds);

    private static bool HasNode(V1Pod pod) => !string.IsNullOrEmpty(pod.Spec.NodeName);

    private static int Phase(V1Pod pod) => pod.Status?.Phase switch { "Running" => 2, "Unknown" => 1, _ => 0 };

    private static int Cost(V1Pod pod) =>
        pod.Metadata.Annotations is { } annotations && annotations.TryGetValue(CostAnnotation, out var text)
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var cost) ? cost : 0;

    private static int Restarts(V1Pod pod) => pod.Status?.ContainerStatuses is { Count: > 0 } statuses ? statuses.Max(s => s.RestartCount) : 0;

    private static DateTimeOffset? Created(V1Pod pod) => pod.Metadata.CreationTimestamp is { } created ? new DateTimeOffset(created, TimeSpan.Zero) : null;
}
