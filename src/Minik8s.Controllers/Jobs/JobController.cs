using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>Wires Jobs to their pods.</summary>
internal sealed class JobController : IController
{
    private readonly Controller<ObjectKey> _controller;
    private readonly Controller<ObjectKey> _abandoned;
    private readonly IInformer[] _informers;

    public JobController(ControllerContext context)
    {
        var queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var abandonedQueue = new WorkQueue<ObjectKey>($"{Name}_orphan_pod", context.Time);
        var expectations = new Expectations(context.Time);
        var memory = new JobMemory();
        var jobs = context.Informers.Informer<V1Job>();
        var pods = context.Informers.Informer<V1Pod>();
        pods.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        pods.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        _informers = [jobs, pods];
        var reconciler = new JobReconciler(jobs.Lister, pods.Lister, context.Client, context.Events, expectations, memory, context.Time);
        var abandoned = new AbandonedPodReconciler(jobs.Lister, pods.Lister, context.Client.Resource<V1Pod>());
        _controller = new Controller<ObjectKey>(Name, queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 5);
        _abandoned = new Controller<ObjectKey>(abandonedQueue.Name, abandonedQueue, abandoned.ReconcileAsync, context.Logger(Name));

        // Pods that the job leaves behind when it goes or ends are held by nobody but its finalizer.
        void LookAtPods(V1Job job)
        {
            foreach (var pod in pods.Lister.ByIndex(Indexes.OwnerUid, job.Metadata.Uid).Where(JobPodFacts.IsTracked)) abandonedQueue.Add(ObjectKey.Of(pod));
        }

        jobs.AddHandler(new ResourceHandler<V1Job>(
            job => queue.Add(ObjectKey.Of(job)),
            (_, now) =>
            {
                queue.Add(ObjectKey.Of(now));
                if (JobConditions.IsFinished(now)) LookAtPods(now);
            },
            job =>
            {
                // Another of the same name must not wait for what this one did.
                expectations.Forget(ObjectKey.Of(job));
                memory.Forget(ObjectKey.Of(job));
                queue.Add(ObjectKey.Of(job));
                LookAtPods(job);
            }));
        pods.AddHandler(new JobPods(jobs.Lister, expectations, memory, queue, abandonedQueue));
    }

    public string Name => "job";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops = [_controller.RunAsync(_informers, stop.Token), _abandoned.RunAsync(_informers, stop.Token)];
        var first = await Task.WhenAny(loops);
        await stop.CancelAsync();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }
}
