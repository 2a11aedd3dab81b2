using k8s.Models;

namespace Minik8s.Scheduler.Snapshot;

/// <summary>
/// What a pod takes of its node (PodRequests of Kubernetes' component-helpers): the containers and the restartable init containers together, or an
/// init container with those started before it, whichever is more; pod-level requests in their place; and the overhead of its sandbox.
/// </summary>
internal static class PodRequests
{
    public static ResourceAmounts Of(V1PodSpec spec)
    {
        var total = new ResourceAmounts();
        foreach (var container in spec.Containers ?? []) total.Add(ResourceAmounts.From(container.Resources?.Requests));
        var sidecars = new ResourceAmounts();
        var starting = new ResourceAmounts();
        foreach (var container in spec.InitContainers ?? [])
        {
            var own = ResourceAmounts.From(container.Resources?.Requests);
            if (container.RestartPolicy == "Always")
            {
                sidecars.Add(own);
                starting.RaiseTo(sidecars);
            }
            else
            {
                own.Add(sidecars);
                starting.RaiseTo(own);
            }
        }

        total.Add(sidecars);
        total.RaiseTo(starting);
        foreach (var (name, amount) in ResourceAmounts.From(spec.Resources?.Requests).All) total.Set(name, amount);
        total.Add(ResourceAmounts.From(spec.Overhead));
        return total;
    }
}
