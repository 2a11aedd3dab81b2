using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Tests.Workloads;

public sealed class DeletionOrderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, Action<V1Pod>, Action<V1Pod>> Pairs { get; } = new()
    {
        { "without a node", p => p.Spec.NodeName = null, _ => { } },
        { "pending", p => p.Status.Phase = "Pending", _ => { } },
        { "unknown before running", p => p.Status.Phase = "Unknown", _ => { } },
        { "pending before unknown", p => p.Status.Phase = "Pending", p => p.Status.Phase = "Unknown" },
        { "not ready", p => p.Status.Conditions[0].Status = "False", _ => { } },
        { "cheap", p => Annotate(p, "-5"), _ => { } },
        { "cheaper than dear", _ => { }, p => Annotate(p, "10") },
        { "a cost that is no number counts as none", p => Annotate(p, "much"), p => Annotate(p, "1") },
        { "ready for a short time", p => Ready(p, TimeSpan.FromMinutes(1)), p => Ready(p, TimeSpan.FromHours(5)) },
        { "restarted often", p => Restarts(p, 5), p => Restarts(p, 1) },
        { "young", p => Created(p, TimeSpan.FromMinutes(1)), p => Created(p, TimeSpan.FromHours(5)) },
        { "ages of one magnitude are alike: the uid decides", p => (p.Metadata.Uid, _) = ("a", Created(p, TimeSpan.FromMinutes(61))), p => (p.Metadata.Uid, _) = ("b", Created(p, TimeSpan.FromMinutes(60))) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_first_goes_before_the_second(string why, Action<V1Pod> first, Action<V1Pod> second)
    {
        var (a, b) = (Pod("first", first), Pod("second", second));
        foreach (var pods in new[] { new[] { a, b }, [b, a] }) Assert.True(DeletionOrder.Choose(pods, [], 1, Now)[0] == a, why);
    }

    [Fact]
    public void Nodes_with_many_related_pods_lose_one_first()
    {
        V1Pod[] pods = [Pod("a", p => p.Spec.NodeName = "n1"), Pod("b", p => p.Spec.NodeName = "n2"), Pod("c", p => p.Spec.NodeName = "n1")];
        Assert.NotEqual("b", DeletionOrder.Choose(pods, pods, 1, Now)[0].Metadata.Name);
        Assert.Equal("b", DeletionOrder.Choose(pods, [pods[1], pods[1], pods[1]], 1, Now)[0].Metadata.Name);
    }

    [Fact]
    public void When_all_have_to_go_there_is_nothing_to_choose()
    {
        V1Pod[] pods = [Pod("a", _ => { }), Pod("b", _ => { })];
        Assert.Equal(2, DeletionOrder.Choose(pods, [], 5, Now).Count);
    }

    private static V1Pod Pod(string name, Action<V1Pod> change)
    {
        var pod = Objects.Pod(name);
        pod.Metadata.Uid = name;
        pod.Metadata.CreationTimestamp = Now.AddHours(-3).UtcDateTime;
        pod.Status.Conditions[0].LastTransitionTime = Now.AddHours(-3).UtcDateTime;
        change(pod);
        return pod;
    }

    private static void Annotate(V1Pod pod, string cost) => pod.Metadata.Annotations = new Dictionary<string, string> { ["controller.kubernetes.io/pod-deletion-cost"] = cost };

    private static void Ready(V1Pod pod, TimeSpan age) => pod.Status.Conditions[0].LastTransitionTime = (Now - age).UtcDateTime;

    private static void Restarts(V1Pod pod, int count) => pod.Status.ContainerStatuses = [new V1ContainerStatus { Name = "main", RestartCount = count }];

    private static bool Created(V1Pod pod, TimeSpan age)
    {
        pod.Metadata.CreationTimestamp = (Now - age).UtcDateTime;
        return true;
    }
}
