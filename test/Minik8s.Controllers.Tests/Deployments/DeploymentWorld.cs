using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Deployments;
using Minik8s.Controllers.ReplicaSets;
using Minik8s.Controllers.Tests.Workloads;
using Minik8s.Controllers.Workloads;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.Deployments;

/// <summary>A Deployment with the real ReplicaSet controller below it, step by step.</summary>
internal sealed class DeploymentWorld : IDisposable
{
    public static readonly ObjectKey Key = new("default", "web");

    private readonly Expectations _expectations;
    private readonly ReplicaReconciler<V1ReplicaSet> _replicaSets;
    private readonly DeploymentReconciler _deployments;

    public DeploymentWorld()
    {
        _expectations = new Expectations(Table.Clock);
        var client = Table.Api.Client;
        _replicaSets = new ReplicaReconciler<V1ReplicaSet>(
            new ReplicaSetKind(), Table.Indexed<V1ReplicaSet>(), Table.Indexed<V1Pod>(), client.Resource<V1ReplicaSet>(), client.Resource<V1Pod>(), new RecordingEvents(), _expectations, Table.Clock);
        _deployments = new DeploymentReconciler(
            Table.Cache<V1Deployment>(), Table.Cache<V1ReplicaSet>(), Table.Cache<V1Pod>(), client.Resource<V1Deployment>(), client.Resource<V1ReplicaSet>(), Table.Events, Table.Clock);
    }

    public ReconcileTable Table { get; } = new();

    public V1Deployment Deployment => Table.Api.Find<V1Deployment>("web")!;

    public IReadOnlyList<V1ReplicaSet> Sets => [.. Table.Api.All<V1ReplicaSet>().OrderBy(rs => RevisionAnnotations.Of(rs.Metadata))];

    public IEnumerable<V1Pod> ActivePods => Table.Api.All<V1Pod>().Where(PodStates.IsActive);

    public void Dispose() => Table.Dispose();

    public V1Deployment Give(int replicas, Action<V1Deployment>? change = null)
    {
        var deployment = new V1Deployment
        {
            Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "default" },
            Spec = new V1DeploymentSpec { Replicas = replicas, Selector = WorkloadObjects.Selector(), Template = WorkloadObjects.Template("v1") },
        };
        change?.Invoke(deployment);
        return Table.Given(deployment);
    }

    /// <summary>A user's change of the Deployment.</summary>
    public async Task ChangeAsync(Action<V1Deployment> change)
    {
        var deployment = Deployment;
        change(deployment);
        await Table.Api.Client.Resource<V1Deployment>().UpdateAsync(deployment);
        Table.Sync();
    }

    public Task ImageAsync(string image) => ChangeAsync(d => d.Spec.Template.Spec.Containers[0].Image = image);

    /// <summary>One pass of the Deployment's controller over caches that show all.</summary>
    public async Task<ReconcileResult> StepAsync()
    {
        Table.Sync();
        var result = await _deployments.ReconcileAsync(Key, default);
        Table.Sync();
        return result;
    }

    /// <summary>One pass over every ReplicaSet, after which pods come and go.</summary>
    public async Task ReplicasAsync()
    {
        foreach (var rs in Table.Api.All<V1ReplicaSet>())
        {
            Table.Sync();
            var key = ObjectKey.Of(rs);
            _expectations.Forget(key);
            await _replicaSets.ReconcileAsync(key, default);
            Table.Sync();
            _expectations.Forget(key);
            await _replicaSets.ReconcileAsync(key, default);
        }

        Table.Sync();
    }

    /// <summary>Everything until nothing moves, kubelets included; after each round <paramref name="watch"/> looks at the state in between.</summary>
    public async Task SettleAsync(Func<V1Pod, bool>? runs = null, Action? watch = null)
    {
        for (var round = 0; round < 60; round++)
        {
            Table.Api.ClearRequests();
            await StepAsync();
            await ReplicasAsync();
            watch?.Invoke();
            var moved = Table.Api.Writes.Count > 0;
            var news = Table.Api.All<V1Pod>().Where(p => (runs?.Invoke(p) ?? true) && !PodStates.IsReady(p)).ToHashSet();
            foreach (var name in news.Select(p => p.Metadata.Name).ToHashSet()) Table.Run(p => p.Metadata.Name == name);
            foreach (var gone in Table.Api.All<V1Pod>().Where(PodStates.IsTerminating)) Table.Api.Remove<V1Pod>(gone.Metadata.Name);
            if (!moved && news.Count == 0) return;
            await ReplicasAsync();
        }

        throw new InvalidOperationException("it does not come to rest");
    }

    public string? Condition(string type) => DeploymentConditions.Find(Deployment.Status?.Conditions, type) is { } c ? $"{c.Status} {c.Reason}: {c.Message}" : null;
}
