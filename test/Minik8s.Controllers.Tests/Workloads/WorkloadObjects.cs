using k8s;
using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.Workloads;

/// <summary>Objects and steps for the tests of workloads.</summary>
internal static class WorkloadObjects
{
    public static V1PodTemplateSpec Template(string image = "busybox", string app = "web") => new()
    {
        Metadata = new V1ObjectMeta { Labels = new Dictionary<string, string> { ["app"] = app } },
        Spec = new V1PodSpec { Containers = [new V1Container { Name = "main", Image = image }] },
    };

    public static V1LabelSelector Selector(string app = "web") => new() { MatchLabels = new Dictionary<string, string> { ["app"] = app } };

    public static V1ReplicaSet ReplicaSet(int replicas, string name = "web", int minReadySeconds = 0) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = new V1ReplicaSetSpec { Replicas = replicas, MinReadySeconds = minReadySeconds, Selector = Selector(), Template = Template() },
    };

    /// <summary>The indexes by which the controllers of workloads find what belongs to them.</summary>
    public static ObjectStore<T> Indexed<T>(this ReconcileTable table)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var cache = table.Cache<T>();
        cache.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        cache.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        return cache;
    }

    /// <summary>Lets the pods run, as kubelets would.</summary>
    public static void Run(this ReconcileTable table, Func<V1Pod, bool>? which = null, bool ready = true)
    {
        foreach (var pod in table.Api.All<V1Pod>().Where(p => which?.Invoke(p) ?? true))
        {
            pod.Spec.NodeName = "node-1";
            pod.Status = new V1PodStatus
            {
                Phase = "Running",
                Conditions = [new V1PodCondition { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = table.Clock.GetUtcNow().UtcDateTime }],
            };
            table.Api.Put(pod);
        }
    }
}
