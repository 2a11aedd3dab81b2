using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.ClusterRoles;

/// <summary>Keeps the rules of aggregated ClusterRoles what the roles that they select say.</summary>
internal sealed class ClusterRoleAggregationController : IController
{
    private readonly WorkQueue<string> _queue;
    private readonly Controller<string> _controller;
    private readonly SharedInformer<V1ClusterRole> _roles;
    private readonly ResourceClient<V1ClusterRole> _client;

    public ClusterRoleAggregationController(ControllerContext context)
    {
        _queue = new WorkQueue<string>(Name, context.Time);
        _roles = context.Informers.Informer<V1ClusterRole>();
        _client = context.Client.Resource<V1ClusterRole>();
        _controller = new Controller<string>(Name, _queue, ReconcileAsync, context.Logger(Name));
        // A changed role may be part of any aggregated one; there are few of those.
        _roles.AddHandler(new ResourceHandler<V1ClusterRole>(_ => AddAggregated(), (_, _) => AddAggregated(), _ => AddAggregated()));
    }

    public string Name => "clusterrole-aggregation-controller";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync([_roles], cancellationToken);

    internal async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (_roles.Lister.Get(new ObjectKey("", name)) is not { AggregationRule: not null } role) return ReconcileResult.Done;
        var rules = ClusterRoleAggregation.Rules(role, _roles.Lister.List());
        if (ClusterRoleAggregation.Has(role, rules)) return ReconcileResult.Done;
        try
        {
            await _client.PatchAsync(name, null, PatchKind.Merge, KubeJson.Bytes(ClusterRoleAggregation.Patch(rules)), null, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // It went away meanwhile.
        }

        return ReconcileResult.Done;
    }

    private void AddAggregated()
    {
        foreach (var role in _roles.Lister.List())
        {
            if (role.AggregationRule is not null) _queue.Add(role.Metadata.Name);
        }
    }
}
