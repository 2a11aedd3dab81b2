using k8s.Models;
using Minik8s.Controllers.Deployments;
using Minik8s.Controllers.Tests.Workloads;

namespace Minik8s.Controllers.Tests.Deployments;

/// <summary>The numbers of a rollout, as pure tables.</summary>
public sealed class ScalePlanTests
{
    [Theory]
    [InlineData("25%", "25%", 10, 3, 2)]
    [InlineData("25%", "25%", 1, 1, 0)]
    [InlineData("25%", "25%", 4, 1, 1)]
    [InlineData("0", "25%", 3, 0, 1)]
    [InlineData("0%", "10%", 5, 0, 1)]
    [InlineData("2", "1", 10, 2, 1)]
    [InlineData("100%", "0", 7, 7, 0)]
    [InlineData("0", "5", 3, 0, 3)]
    [InlineData("1", "100%", 0, 1, 0)]
    public void Surge_is_rounded_up_and_unavailability_down_and_something_may_always_move(string surge, string unavailable, int replicas, int maxSurge, int maxUnavailable)
    {
        var deployment = Deployment(replicas, surge, unavailable);
        Assert.Equal((maxSurge, maxUnavailable), (RolloutLimits.MaxSurge(deployment), RolloutLimits.MaxUnavailable(deployment)));
    }

    [Theory]
    [InlineData(10, "0", "0", 10, 0, 0)]
    [InlineData(10, "2", "0", 10, 0, 2)]
    [InlineData(10, "2", "0", 12, 0, 0)]
    [InlineData(10, "2", "0", 0, 0, 10)]
    [InlineData(10, "2", "0", 5, 3, 7)]
    [InlineData(10, "25%", "0", 8, 5, 5)]
    [InlineData(1, "1", "0", 1, 0, 1)]
    public void The_new_set_grows_into_the_room_that_the_surge_leaves(int replicas, string surge, string unavailable, int old, int current, int expected) =>
        Assert.Equal(expected, ScalePlan.NewSize(Deployment(replicas, surge, unavailable), [Set("old", old)], current));

    [Fact]
    public void To_recreate_is_to_grow_at_once()
    {
        var deployment = Deployment(10, "1", "1");
        deployment.Spec.Strategy = new V1DeploymentStrategy { Type = "Recreate" };
        Assert.Equal(10, ScalePlan.NewSize(deployment, [], 0));
        Assert.Equal((0, 0), (RolloutLimits.MaxSurge(deployment), RolloutLimits.MaxUnavailable(deployment)));
    }

    [Theory]
    // replicas, maxUnavailable, old size/available, new size/available, old size afterwards
    [InlineData(10, "0", 10, 10, 0, 0, 10)]
    [InlineData(10, "2", 10, 10, 0, 0, 8)]
    [InlineData(10, "2", 10, 8, 0, 0, 8)]
    [InlineData(10, "2", 8, 8, 5, 0, 8)]
    [InlineData(10, "2", 8, 8, 5, 3, 5)]
    [InlineData(10, "0", 10, 0, 2, 0, 10)]
    [InlineData(10, "2", 10, 0, 2, 0, 8)]
    [InlineData(10, "2", 10, 0, 0, 0, 8)]
    [InlineData(10, "2", 1, 1, 10, 10, 0)]
    [InlineData(10, "2", 0, 0, 10, 10, 0)]
    [InlineData(10, "2", 8, 7, 5, 0, 8)]
    public void Old_pods_go_as_far_as_enough_stay_available(int replicas, string unavailable, int oldSize, int oldAvailable, int newSize, int newAvailable, int expected)
    {
        var plan = ScalePlan.ShrinkOld(Deployment(replicas, "3", unavailable), [Set("old", oldSize, oldAvailable)], Set("new", newSize, newAvailable));
        Assert.Equal(expected, plan.Count == 0 ? oldSize : plan[0].Size);
    }

    [Fact]
    public void Broken_pods_of_any_old_set_go_before_working_ones_of_the_oldest()
    {
        var plan = ScalePlan.ShrinkOld(Deployment(10, "2", "2"), [Set("oldest", 6, 6, age: 3), Set("broken", 4, 0, age: 2)], Set("new", 2, 2));
        Assert.Equal([("broken", 0)], plan.Select(p => (p.ReplicaSet.Metadata.Name, p.Size)));
    }

    [Theory]
    // Kubernetes' documentation: 10 replicas, maxSurge 3, maxUnavailable 2, scaled to 15 in the middle of a rollout.
    [InlineData(15, 8, 5, 11, 7)]
    [InlineData(5, 8, 5, 5, 3)]
    [InlineData(0, 8, 5, 0, 0)]
    [InlineData(10, 8, 5, 8, 5)]
    public void Scaling_in_the_middle_of_a_rollout_keeps_the_proportions(int replicas, int first, int second, int firstAfter, int secondAfter)
    {
        var sizes = ScalePlan.Proportional(Deployment(replicas, "3", "2"), [Set("old", first, max: 13, age: 2), Set("new", second, max: 13, age: 1)]).ToDictionary(s => s.ReplicaSet.Metadata.Name, s => s.Size);
        Assert.Equal((firstAfter, secondAfter), (sizes["old"], sizes["new"]));
    }

    [Fact]
    public void What_rounding_leaves_over_goes_to_the_largest_and_newest()
    {
        var sizes = ScalePlan.Proportional(Deployment(6, "0", "1"), [Set("a", 1, max: 3, age: 3), Set("b", 1, max: 3, age: 2), Set("c", 1, max: 3, age: 1)]).ToDictionary(s => s.ReplicaSet.Metadata.Name, s => s.Size);
        Assert.Equal(6, sizes.Values.Sum());
        Assert.Equal((2, 2, 2), (sizes["a"], sizes["b"], sizes["c"]));
        sizes = ScalePlan.Proportional(Deployment(4, "0", "1"), [Set("a", 1, max: 3, age: 3), Set("b", 1, max: 3, age: 2), Set("c", 1, max: 3, age: 1)]).ToDictionary(s => s.ReplicaSet.Metadata.Name, s => s.Size);
        Assert.Equal((1, 1, 2), (sizes["a"], sizes["b"], sizes["c"]));
    }

    private static V1Deployment Deployment(int replicas, string surge, string unavailable) => new()
    {
        Metadata = new V1ObjectMeta { Name = "web" },
        Spec = new V1DeploymentSpec
        {
            Replicas = replicas,
            Strategy = new V1DeploymentStrategy { Type = "RollingUpdate", RollingUpdate = new V1RollingUpdateDeployment { MaxSurge = surge, MaxUnavailable = unavailable } },
        },
    };

    private static V1ReplicaSet Set(string name, int size, int? available = null, int? max = null, int age = 1)
    {
        var rs = WorkloadObjects.ReplicaSet(size, name);
        rs.Metadata.CreationTimestamp = new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc).AddHours(-age);
        rs.Status = new V1ReplicaSetStatus { Replicas = size, AvailableReplicas = available ?? size };
        if (max is { } noted) rs.Metadata.Annotations = new Dictionary<string, string> { ["deployment.kubernetes.io/max-replicas"] = $"{noted}" };
        return rs;
    }
}
