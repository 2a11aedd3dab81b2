using k8s.Models;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Tests;

/// <summary>Objects for tests.</summary>
internal static class Objects
{
    public static V1Pod Pod(string name, Action<V1Pod>? change = null, string? cpu = null, int priority = 0, string? node = null)
    {
        var pod = new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name },
            Spec = new V1PodSpec
            {
                SchedulerName = "default-scheduler",
                Priority = priority,
                NodeName = node,
                Containers = [Container(cpu is null ? [] : [("cpu", cpu)])],
            },
        };
        change?.Invoke(pod);
        return pod;
    }

    public static PodInfo Info(string name, Action<V1Pod>? change = null, string? cpu = null, int priority = 0) => new(Pod(name, change, cpu, priority));

    public static V1Container Container(params (string Resource, string Amount)[] requests) => new()
    {
        Name = "main",
        Image = "busybox",
        Resources = new V1ResourceRequirements { Requests = Quantities(requests) },
    };

    public static V1Node Node(string name, Action<V1Node>? change = null, string cpu = "4", string memory = "8Gi", string pods = "110")
    {
        var node = new V1Node
        {
            Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = name } },
            Spec = new V1NodeSpec(),
            Status = new V1NodeStatus { Allocatable = Quantities(("cpu", cpu), ("memory", memory), ("pods", pods)) },
        };
        change?.Invoke(node);
        return node;
    }

    public static NodeInfo NodeInfo(V1Node node, params V1Pod[] pods)
    {
        var state = new ClusterState(TimeProvider.System, TimeSpan.FromMinutes(1));
        state.SetNode(node);
        foreach (var pod in pods)
        {
            pod.Spec.NodeName = node.Metadata.Name;
            state.SetPod(pod);
        }

        return state.Snapshot()[0];
    }

    public static Dictionary<string, ResourceQuantity> Quantities(params (string Resource, string Amount)[] amounts) => amounts.ToDictionary(a => a.Resource, a => new ResourceQuantity(a.Amount));
}
