using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Endpoints;

/// <summary>Puts into a queue the services whose endpoints may have changed.</summary>
internal static class ServiceTriggers
{
    public static void Attach(SharedInformer<V1Service> services, SharedInformer<V1Pod> pods, WorkQueue<ObjectKey> queue)
    {
        services.AddHandler(service => queue.Add(ObjectKey.Of(service)));
        void Enqueue(V1Pod pod)
        {
            foreach (var key in ServicePods.ServicesOf(services.Lister, pod)) queue.Add(key);
        }

        pods.AddHandler(new ResourceHandler<V1Pod>(
            Enqueue,
            (old, now) =>
            {
                // The periodic resync repeats what is known: the services' own resync covers it.
                if (ReferenceEquals(old, now) || !ServicePods.EndpointChanged(old, now)) return;
                Enqueue(now);
                if (ServicePods.LabelsChanged(old, now)) Enqueue(old);
            },
            Enqueue));
    }
}
