using System.Collections.Concurrent;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.ControlLoop;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>One worker for each pod of this node, told of changes of the pod and of the runtime; pods that nobody wants any more are cleaned away.</summary>
internal sealed class PodWorkerPool(PodServices services, ILoggerFactory loggers) : IResourceHandler<V1Pod>
{
    private readonly ConcurrentDictionary<string, PodWorker> _workers = new();
    private readonly ConcurrentDictionary<string, Task> _lives = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _stopping;

    /// <summary>The worker of a pod; of two with the same name the one that is not going away.</summary>
    public PodWorker? Find(string ns, string name) =>
        _workers.Values.Where(w => w.Pod.Metadata.Name == name && w.Pod.Metadata.NamespaceProperty == ns).OrderBy(w => w.Removed || w.Pod.Metadata.DeletionTimestamp is not null).FirstOrDefault();

    public void Added(V1Pod obj, bool initial) => Handle(obj);

    public void Updated(V1Pod old, V1Pod now)
    {
        if (old.Metadata.Uid != now.Metadata.Uid) Deleted(old);
        Handle(now);
    }

    public void Deleted(V1Pod last)
    {
        if (_workers.TryGetValue(last.Metadata.Uid, out var worker)) worker.Remove();
    }

    /// <summary>Something has happened to a pod in the runtime; null: perhaps to any.</summary>
    public void RuntimeChanged(string? uid)
    {
        if (uid is not null)
        {
            if (_workers.TryGetValue(uid, out var worker)) worker.Wake();
            return;
        }

        foreach (var worker in _workers.Values) worker.Wake();
    }

    /// <summary>Runs the workers until cancelled; ends with a failure when one of them does.</summary>
    public async Task RunAsync(SharedInformer<V1Pod> pods, CancellationToken cancellationToken)
    {
        _stopping = cancellationToken;
        pods.AddHandler((IResourceHandler<V1Pod>)this);
        await pods.WaitForSyncAsync(cancellationToken);
        await CleanUpAsync(pods.Lister.List(), cancellationToken);
        await _failed.Task.WaitAsync(cancellationToken);
    }

    private void Handle(V1Pod pod)
    {
        var worker = _workers.GetOrAdd(pod.Metadata.Uid, _ =>
        {
            var made = new PodWorker(services, pod, loggers.CreateLogger<PodWorker>());
            _lives[pod.Metadata.Uid] = LiveAsync(made);
            return made;
        });
        worker.Update(pod);
    }

    private async Task LiveAsync(PodWorker worker)
    {
        try
        {
            await Task.Yield();
            await worker.RunAsync(_stopping);
            _workers.TryRemove(worker.Pod.Metadata.Uid, out _);
            _lives.TryRemove(worker.Pod.Metadata.Uid, out _);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The kubelet stops; the pod goes on.
        }
        catch (Exception e)
        {
            _failed.TrySetException(e);
        }
    }

    /// <summary>Removes what the runtime and the disk still hold of pods that the API server does not know for this node.</summary>
    private async Task CleanUpAsync(IReadOnlyList<V1Pod> wanted, CancellationToken cancellationToken)
    {
        var known = wanted.Select(p => p.Metadata.Uid).ToHashSet();
        foreach (var uid in (await services.Runtime.PodUidsAsync(cancellationToken)).Where(u => !known.Contains(u)))
        {
            await services.Runtime.RemovePodAsync(await services.Runtime.ViewAsync(uid, cancellationToken), cancellationToken);
        }

        foreach (var uid in services.Volumes.PodsOnDisk().Where(u => !known.Contains(u)).ToList()) await services.Volumes.UnmountAsync(uid, cancellationToken);
    }
}
