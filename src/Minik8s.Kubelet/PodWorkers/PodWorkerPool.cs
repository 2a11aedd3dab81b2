using System.Collections.Concurrent;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Pleg;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>One worker for each pod of this node, told of changes of the pod and of the runtime; pods that nobody wants any more are cleaned away.</summary>
internal sealed class PodWorkerPool(PodServices services, ILoggerFactory loggers) : IResourceHandler<V1Pod>, IPodWaker
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
    public void Changed(string? uid)
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
        var former = await services.Runtime.PodUidsAsync(cancellationToken);
        await pods.WaitForSyncAsync(cancellationToken);
        await RestoreHostPortsAsync(former, pods.Lister.List(), cancellationToken);
        pods.AddHandler((IResourceHandler<V1Pod>)this);
        // Only what an earlier life has left: what came since has a worker.
        await CleanUpAsync(former, cancellationToken);
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

    /// <summary>The running containers and their log files.</summary>
    public IEnumerable<(string ContainerId, string LogPath)> Logs() =>
        _workers.Values.SelectMany(w => w.View?.Containers ?? []).Where(c => c.State == ContainerState.ContainerRunning && c.LogPath.Length > 0).Select(c => (c.Id, c.LogPath));

    private async Task RestoreHostPortsAsync(IReadOnlySet<string> former, IReadOnlyList<V1Pod> wanted, CancellationToken cancellationToken)
    {
        var present = new List<(V1Pod Pod, string Ip)>();
        foreach (var pod in wanted.Where(p => former.Contains(p.Metadata.Uid)))
        {
            var view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
            if (view.ReadySandbox?.Network is { Ip.Length: > 0 } network) present.Add((pod, network.Ip));
        }

        await services.HostPorts.ReplaceAsync(present, cancellationToken);
    }

    /// <summary>Removes what the runtime and the disk still hold of pods that the API server does not know for this node.</summary>
    private async Task CleanUpAsync(IReadOnlySet<string> former, CancellationToken cancellationToken)
    {
        foreach (var uid in former.Where(u => !_workers.ContainsKey(u))) await services.RemoveAsync(await services.Runtime.ViewAsync(uid, cancellationToken), cancellationToken);
        foreach (var uid in services.Volumes.PodsOnDisk().Where(u => !_workers.ContainsKey(u)).ToList()) await services.Volumes.UnmountAsync(uid, cancellationToken);
        var logs = Path.Combine(services.Options.LogDir, "pods");
        if (!Directory.Exists(logs)) return;
        foreach (var directory in Directory.GetDirectories(logs).Where(d => !_workers.ContainsKey(d[(d.LastIndexOf('_') + 1)..]))) Directory.Delete(directory, recursive: true);
    }
}
