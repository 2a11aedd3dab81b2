using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.ReplicaSets;
using Minik8s.Controllers.Tests.Workloads;
using Minik8s.Controllers.Workloads;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.ReplicaSets;

/// <summary>What is particular to ReplicationControllers; the rest they share with ReplicaSets.</summary>
public sealed class ReplicationControllerTests : IDisposable
{
    private static readonly ObjectKey Key = new("default", "web");

    private readonly ReconcileTable _table = new();
    private readonly Expectations _expectations;
    private readonly ReplicaReconciler<V1ReplicationController> _reconciler;

    public ReplicationControllerTests()
    {
        _expectations = new Expectations(_table.Clock);
        _reconciler = new ReplicaReconciler<V1ReplicationController>(
            new ReplicationControllerKind(), _table.Indexed<V1ReplicationController>(), _table.Indexed<V1Pod>(), _table.Api.Client.Resource<V1ReplicationController>(),
            _table.Api.Client.Resource<V1Pod>(), _table.Events, _expectations, _table.Clock);
    }

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task It_keeps_its_pods_by_labels_alone_and_comes_to_rest()
    {
        _table.Given(new V1ReplicationController
        {
            Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "default" },
            Spec = new V1ReplicationControllerSpec { Replicas = 2, Selector = new Dictionary<string, string> { ["app"] = "web" }, Template = WorkloadObjects.Template() },
        });
        _table.Given(Objects.Pod("stray"));
        for (var pass = 0; pass < 3; pass++)
        {
            _table.Sync();
            _expectations.Forget(Key);
            await _reconciler.ReconcileAsync(Key, default);
            _table.Run();
        }

        Assert.Equal(2, _table.Api.All<V1Pod>().Count);
        Assert.All(_table.Api.All<V1Pod>(), p => Assert.Equal(("v1", "ReplicationController"), (OwnerReferences.Controller(p.Metadata)!.ApiVersion, OwnerReferences.Controller(p.Metadata)!.Kind)));
        var status = _table.Api.Find<V1ReplicationController>("web")!.Status;
        Assert.Equal((2, 2, 2, 2), (status.Replicas, status.FullyLabeledReplicas, status.ReadyReplicas, status.AvailableReplicas));
        _table.Sync();
        _table.Clear();
        await _reconciler.ReconcileAsync(Key, default);
        Assert.Empty(_table.Writes);
    }
}
