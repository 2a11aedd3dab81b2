using System.Globalization;
using k8s.Models;
using Minik8s.Controllers.StatefulSets;
using Minik8s.Controllers.Tests.Workloads;

namespace Minik8s.Controllers.Tests.StatefulSets;

/// <summary>One pass of a StatefulSet as tables. A pod is its ordinal, its revision (o: old, n: new) and its state: R ready, P pending, T terminating, F failed.</summary>
public sealed class StatefulPlanTests
{
    [Theory]
    [InlineData(3, "", "create 0")]
    [InlineData(3, "0nP", "claim 0")]
    [InlineData(3, "0nR", "create 1")]
    [InlineData(3, "0nR 1nP", "claim 1")]
    [InlineData(3, "0nR 1nR 2nR", "")]
    [InlineData(3, "0nR 1nT 2nR", "")]
    [InlineData(3, "0nR 1nF 2nR", "recreate 1")]
    [InlineData(3, "0nR 2nR", "create 1")]
    [InlineData(1, "0nR 1nR 2nR", "delete 2")]
    [InlineData(1, "0nR 1nR 2nT", "")]
    [InlineData(1, "0nP 1nR 2nR", "claim 0")]
    [InlineData(1, "0nR 1nP 2nR", "delete 2")]
    [InlineData(1, "0nR 1nR 2nP", "delete 2")]
    [InlineData(0, "0nR", "delete 0")]
    public void Ordered_pods_come_one_by_one_and_go_from_the_last(int replicas, string pods, string steps) => Check(Set(replicas), pods, steps);

    [Theory]
    [InlineData(3, "", "create 0, create 1, create 2")]
    [InlineData(3, "0nP", "claim 0, create 1, create 2")]
    [InlineData(1, "0nR 1nR 2nP", "delete 2, delete 1")]
    public void Parallel_pods_come_and_go_together(int replicas, string pods, string steps) => Check(Set(replicas, s => s.Spec.PodManagementPolicy = "Parallel"), pods, steps);

    [Theory]
    [InlineData("0oR 1oR 2oR", "delete 2")]
    [InlineData("0oR 1oR 2nR", "delete 1")]
    [InlineData("0oR 1oR 2nP", "claim 2")]
    [InlineData("0oR 1oR 2oT", "")]
    [InlineData("0oR 1oR", "create 2")]
    [InlineData("0nR 1nR 2nR", "")]
    public void A_new_template_reaches_the_last_pod_first(string pods, string steps) => Check(Set(3), pods, steps);

    [Theory]
    [InlineData(0, "0oR 1oR 2oR", "delete 2")]
    [InlineData(2, "0oR 1oR 2oR", "delete 2")]
    [InlineData(2, "0oR 1oR 2nR", "")]
    [InlineData(3, "0oR 1oR 2oR", "")]
    public void A_partition_keeps_the_first_pods_as_they_are(int partition, string pods, string steps) =>
        Check(Set(3, s => s.Spec.UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = new V1RollingUpdateStatefulSetStrategy { Partition = partition } }), pods, steps);

    [Fact]
    public void Several_may_be_replaced_at_a_time_where_that_is_allowed() => Check(
        Set(4, s => s.Spec.UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = new V1RollingUpdateStatefulSetStrategy { MaxUnavailable = "50%" } }),
        "0oR 1oR 2oR 3oR", "delete 3, delete 2");

    [Fact]
    public void With_OnDelete_nothing_is_replaced() => Check(Set(2, s => s.Spec.UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "OnDelete" }), "0oR 1oR", "");

    [Fact]
    public void Ordinals_may_begin_elsewhere() => Check(Set(2, s => s.Spec.Ordinals = new V1StatefulSetOrdinals { Start = 5 }), "5nR 0nR", "create 6");

    [Theory]
    [InlineData(0, null, "new")]
    [InlineData(2, null, "old")]
    [InlineData(0, 1, "old")]
    [InlineData(3, 0, "new")]
    public void A_pod_that_the_rollout_has_not_reached_is_made_of_the_former_template(int currentReplicas, int? partition, string revision)
    {
        var set = Set(3, s =>
        {
            s.Status = new V1StatefulSetStatus { CurrentReplicas = currentReplicas };
            if (partition is not null) s.Spec.UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = new V1RollingUpdateStatefulSetStrategy { Partition = partition } };
        });
        Assert.Equal(revision, new StatefulPlan(set, [], "old", "new", DateTimeOffset.UnixEpoch).Make()[0].Revision);
    }

    public static V1StatefulSet Set(int replicas, Action<V1StatefulSet>? change = null)
    {
        var set = new V1StatefulSet
        {
            Metadata = new V1ObjectMeta { Name = "db", NamespaceProperty = "default" },
            Spec = new V1StatefulSetSpec { Replicas = replicas, ServiceName = "db", Selector = WorkloadObjects.Selector("db"), Template = WorkloadObjects.Template("v1", "db") },
        };
        change?.Invoke(set);
        return set;
    }

    private static void Check(V1StatefulSet set, string pods, string steps)
    {
        var present = pods.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => Pod(set, p)).ToList();
        var plan = new StatefulPlan(set, present, "old", "new", DateTimeOffset.UnixEpoch.AddDays(1)).Make();
        Assert.Equal(steps, string.Join(", ", plan.Select(s => $"{s.Action.ToString().ToLowerInvariant()} {s.Ordinal}")));
    }

    private static V1Pod Pod(V1StatefulSet set, string text)
    {
        var ordinal = int.Parse(text[..1], CultureInfo.InvariantCulture);
        var pod = StatefulPods.Make(set, set.Spec.Template, text[1] == 'o' ? "old" : "new", ordinal);
        pod.Metadata.Uid = pod.Metadata.Name;
        if (text[2] == 'T') pod.Metadata.DeletionTimestamp = DateTime.UnixEpoch;
        pod.Status = new V1PodStatus
        {
            Phase = text[2] switch { 'P' => "Pending", 'F' => "Failed", _ => "Running" },
            Conditions = [new V1PodCondition { Type = "Ready", Status = text[2] is 'R' or 'T' ? "True" : "False", LastTransitionTime = DateTime.UnixEpoch }],
        };
        return pod;
    }
}
