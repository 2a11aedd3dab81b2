using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Certificates;
using Minik8s.Controllers.ClusterRoles;
using Minik8s.Controllers.DaemonSets;
using Minik8s.Controllers.Deployments;
using Minik8s.Controllers.Endpoints;
using Minik8s.Controllers.GarbageCollection;
using Minik8s.Controllers.Jobs;
using Minik8s.Controllers.Namespaces;
using Minik8s.Controllers.Nodes;
using Minik8s.Controllers.PodGarbage;
using Minik8s.Controllers.ReplicaSets;
using Minik8s.Controllers.ServiceAccounts;
using Minik8s.Controllers.StatefulSets;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers;

/// <summary>All controllers of the control plane.</summary>
public static class ControllerManager
{
    /// <summary>Runs until cancelled.</summary>
    /// <param name="options">How they work.</param>
    /// <param name="client">The connection to the API server.</param>
    /// <param name="informers">The informers that the process shares, which someone else runs; null: their own.</param>
    /// <param name="loggers">Where they tell what they do.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends them in good order.</param>
    /// <exception cref="LoopFailedException">One of the loops failed; all have ended.</exception>
    /// <exception cref="LeadershipLostException">Another manager may lead by now.</exception>
    public static Task RunAsync(
        ControllerManagerOptions options, KubeClient client, InformerFactory? informers, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger("Minik8s.Controllers");
        if (options.LeaderElection is not { } election) return WorkAsync(options, client, informers, loggers, logger, time, cancellationToken);
        var elector = new LeaderElector(election, client.Resource<V1Lease>(), logger, time);
        return elector.RunAsync(leading => WorkAsync(options, client, informers, loggers, logger, time, leading), cancellationToken);
    }

    private static async Task WorkAsync(
        ControllerManagerOptions options, KubeClient client, InformerFactory? shared, ILoggerFactory loggers, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = new LoopHost(logger);
        var informers = shared ?? new InformerFactory(client, loggers, time);
        if (shared is null) host.Add("informers", informers.RunAsync);

        // Each controller's events bear its own name, as in Kubernetes.
        ControllerContext Context(string component)
        {
            var events = new EventRecorder(client, component, "", logger, time);
            host.Add($"{component} events", events.RunAsync);
            return new ControllerContext(options, client, informers, events, loggers, time);
        }

        var quiet = new ControllerContext(options, client, informers, NoEvents.Instance, loggers, time);
        IController[] controllers =
        [
            new NamespaceController(quiet),
            new DefaultServiceAccountController(quiet),
            new RootCertificateController(quiet),
            new TokenSecretController(quiet),
            new EndpointSliceController(Context("endpoint-slice-controller")),
            new EndpointsController(Context("endpoint-controller")),
            new NodeLifecycleController(Context("node-controller")),
            new PodGarbageCollector(quiet),
            new ClusterRoleAggregationController(quiet),
            new CertificateApprovalController(quiet),
            new CertificateSigningController(quiet),
            new CertificateCleanupController(quiet),
            new GarbageCollector(Context("garbage-collector-controller")),
            new ReplicaController<V1ReplicaSet>(new ReplicaSetKind(), Context("replicaset-controller")),
            new ReplicaController<V1ReplicationController>(new ReplicationControllerKind(), Context("replication-controller")),
            new DeploymentController(Context("deployment-controller")),
            new DaemonSetController(Context("daemonset-controller")),
            new StatefulSetController(Context("statefulset-controller")),
            new JobController(Context("job-controller")),
        ];
        foreach (var controller in controllers) host.Add(controller.Name, controller.RunAsync);
        await host.RunAsync(cancellationToken);
    }
}
