using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Runtime;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>What the workers have last seen of their pods, for the kubelet's server.</summary>
internal sealed class PodRuntimeViews(PodWorkerPool pool, KubeletOptions options) : IPodRuntimeView
{
    public bool PodExists(string podNamespace, string pod) => pool.Find(podNamespace, pod) is not null;

    public RuntimeContainer? FindContainer(string podNamespace, string pod, string container, bool previous)
    {
        if (pool.Find(podNamespace, pod) is not { View: { } view } worker) return null;
        var latest = view.Latest(container);
        // A container that waits for its restart is its own predecessor.
        var found = !previous ? latest : view.Previous(container) ?? (latest?.State == ContainerState.ContainerExited ? latest : null);
        if (found is null) return null;
        var log = Path.Combine(RuntimeConfigs.LogDirectory(worker.Pod, options), container, $"{found.Metadata.Attempt}.log");
        return new RuntimeContainer(found.Id, log, found.State == ContainerState.ContainerRunning);
    }

    public string? FindSandbox(string podNamespace, string pod) => pool.Find(podNamespace, pod)?.View?.ReadySandbox?.Id;

    public string? WaitingReason(string podNamespace, string pod, string container) =>
        pool.Find(podNamespace, pod)?.Waiting.GetValueOrDefault(container).Reason ?? "ContainerCreating";
}
