using k8s.Models;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Runtime;
using RuntimeStatus = Minik8s.Kubelet.Cri.ContainerStatus;

namespace Minik8s.Kubelet.Status;

/// <summary>Works out a pod's status from what the runtime knows and what keeps containers waiting: a pure function.</summary>
internal static class PodStatusBuilder
{
    /// <param name="pod">The pod, with the status that it had.</param>
    /// <param name="view">What the runtime knows.</param>
    /// <param name="waiting">Why containers wait.</param>
    /// <param name="health">What the probes say of a running container: whether it has come up and whether it is ready.</param>
    /// <param name="lastWords">The termination message of a container that has ended.</param>
    /// <param name="options">The node.</param>
    /// <param name="now">The present time.</param>
    public static V1PodStatus Build(
        V1Pod pod, PodView view, IReadOnlyDictionary<string, (string Reason, string Message)> waiting, Func<string, (bool Started, bool Ready)> health, Func<V1Container, RuntimeStatus, string?> lastWords, KubeletOptions options, DateTimeOffset now)
    {
        var inits = (pod.Spec.InitContainers ?? []).Select(c => Container(pod, c, view, waiting, health, lastWords, init: true)).ToList();
        var containers = pod.Spec.Containers.Select(c => Container(pod, c, view, waiting, health, lastWords, init: false)).ToList();
        var initialized = inits.All(s => s.State.Terminated?.ExitCode == 0 || IsRestartable(pod, s.Name) && s.Started == true);
        if (!initialized)
        {
            foreach (var status in containers.Where(c => c.State.Waiting?.Reason == "ContainerCreating")) status.State.Waiting.Reason = "PodInitializing";
        }

        var phase = Phase(pod, inits, containers, initialized);
        var ips = pod.Spec.HostNetwork == true ? [options.NodeIp.ToString()] : view.ReadySandbox?.Network is { Ip.Length: > 0 } network ? new[] { network.Ip } : Kept(pod, phase);
        return new V1PodStatus
        {
            Phase = phase,
            HostIP = options.NodeIp.ToString(),
            HostIPs = [new V1HostIP { Ip = options.NodeIp.ToString() }],
            PodIP = ips.FirstOrDefault(),
            PodIPs = ips.Length == 0 ? null : [.. ips.Select(i => new V1PodIP { Ip = i })],
            StartTime = pod.Status?.StartTime ?? now.UtcDateTime,
            InitContainerStatuses = inits.Count == 0 ? null : inits,
            ContainerStatuses = containers,
            Conditions = Conditions(pod, view, containers, initialized, phase, now),
        };
    }

    /// <summary>A pod that is done has no sandbox any more; the address that it had stays in its status.</summary>
    private static string[] Kept(V1Pod pod, string phase) => phase is "Succeeded" or "Failed" ? [.. pod.Status?.PodIPs?.Select(i => i.Ip) ?? []] : [];

    private static V1ContainerStatus Container(V1Pod pod, V1Container container, PodView view, IReadOnlyDictionary<string, (string Reason, string Message)> waiting, Func<string, (bool Started, bool Ready)> health, Func<V1Container, RuntimeStatus, string?> lastWords, bool init)
    {
        var latest = view.Latest(container.Name);
        var previous = view.Previous(container.Name);
        var status = new V1ContainerStatus
        {
            Name = container.Name,
            Image = latest?.Image?.Image is { Length: > 0 } image && !image.StartsWith("sha256:", StringComparison.Ordinal) ? image : container.Image,
            ImageID = latest?.ImageRef ?? "",
            ContainerID = latest is null ? null : $"containerd://{latest.Id}",
            RestartCount = (int)(latest?.Metadata.Attempt ?? 0),
            State = new V1ContainerState(),
            LastState = new V1ContainerState(),
            Started = false,
        };
        if (waiting.TryGetValue(container.Name, out var reason) && latest?.State != ContainerState.ContainerRunning)
        {
            status.State.Waiting = new V1ContainerStateWaiting { Reason = reason.Reason, Message = reason.Message };
            if (latest is { State: ContainerState.ContainerExited }) status.LastState.Terminated = Terminated(latest, lastWords(container, latest));
            return status;
        }

        switch (latest?.State)
        {
            case ContainerState.ContainerRunning:
                status.State.Running = new V1ContainerStateRunning { StartedAt = Time(latest.StartedAt) };
                var (started, ready) = health(latest.Id);
                status.Started = started;
                status.Ready = ready && (!init || IsRestartable(pod, container.Name));
                break;
            case ContainerState.ContainerExited or ContainerState.ContainerUnknown:
                status.State.Terminated = Terminated(latest, lastWords(container, latest));
                status.Ready = init && latest.ExitCode == 0;
                break;
            default:
                status.State.Waiting = new V1ContainerStateWaiting { Reason = "ContainerCreating" };
                break;
        }

        if (previous is { State: ContainerState.ContainerExited }) status.LastState.Terminated = Terminated(previous, lastWords(container, previous));
        return status;
    }

    private static V1ContainerStateTerminated Terminated(RuntimeStatus status, string? lastWords)
    {
        // A container that was created but could not be started has never run.
        var neverStarted = status.StartedAt <= 0;
        return new V1ContainerStateTerminated
        {
            ExitCode = neverStarted && status.ExitCode == 0 ? 128 : status.ExitCode,
            Reason = neverStarted ? "StartError" : status.Reason is { Length: > 0 } reason ? reason : status.ExitCode == 0 ? "Completed" : "Error",
            Message = lastWords ?? (string.IsNullOrEmpty(status.Message) ? null : status.Message),
            StartedAt = neverStarted ? DateTime.UnixEpoch : Time(status.StartedAt),
            FinishedAt = Time(status.FinishedAt),
            ContainerID = $"containerd://{status.Id}",
        };
    }

    private static string Phase(V1Pod pod, List<V1ContainerStatus> inits, List<V1ContainerStatus> containers, bool initialized)
    {
        if (pod.Status?.Phase is "Failed" or "Succeeded") return pod.Status.Phase;
        if (!initialized) return pod.Spec.RestartPolicy == "Never" && inits.Any(i => i.State.Terminated is { ExitCode: not 0 }) ? "Failed" : "Pending";
        // Waiting after a run is a pause between two runs; waiting before the first one is a start that has not happened.
        if (containers.Any(c => c.State.Waiting is not null && c.LastState.Terminated is null)) return "Pending";
        if (containers.Any(c => c.State.Running is not null)) return "Running";
        var stopped = containers.All(c => c.State.Terminated is not null);
        if (!stopped || pod.Spec.RestartPolicy == "Always") return "Running";
        if (containers.All(c => c.State.Terminated.ExitCode == 0)) return "Succeeded";
        return pod.Spec.RestartPolicy == "Never" ? "Failed" : "Running";
    }

    private static List<V1PodCondition> Conditions(V1Pod pod, PodView view, List<V1ContainerStatus> containers, bool initialized, string phase, DateTimeOffset now)
    {
        var done = phase is "Succeeded" or "Failed";
        var notReady = containers.Where(c => !c.Ready).Select(c => c.Name).ToList();
        var reason = phase == "Succeeded" ? "PodCompleted" : phase == "Failed" ? "PodFailed" : "ContainersNotReady";
        var message = done ? null : $"containers with unready status: [{string.Join(' ', notReady)}]";
        var uninitialized = string.Join(' ', (pod.Spec.InitContainers ?? []).Select(c => c.Name));
        return
        [
            Condition(pod, "PodReadyToStartContainers", view.ReadySandbox is not null, null, null, now),
            Condition(pod, "Initialized", initialized, phase == "Succeeded" ? "PodCompleted" : "ContainersNotInitialized", initialized ? null : $"containers with incomplete status: [{uninitialized}]", now),
            Condition(pod, "Ready", !done && notReady.Count == 0, reason, message, now),
            Condition(pod, "ContainersReady", !done && notReady.Count == 0, reason, message, now),
            Condition(pod, "PodScheduled", true, null, null, now),
        ];
    }

    private static V1PodCondition Condition(V1Pod pod, string type, bool holds, string? reason, string? message, DateTimeOffset now)
    {
        var status = holds ? "True" : "False";
        var before = pod.Status?.Conditions?.FirstOrDefault(c => c.Type == type);
        return new V1PodCondition
        {
            Type = type,
            Status = status,
            Reason = holds && reason != "PodCompleted" ? null : reason,
            Message = holds ? null : message,
            LastTransitionTime = before?.Status == status ? before.LastTransitionTime : now.UtcDateTime,
        };
    }

    private static bool IsRestartable(V1Pod pod, string name) => pod.Spec.InitContainers?.Any(c => c.Name == name && c.RestartPolicy == "Always") == true;

    private static DateTime Time(long nanoseconds) => DateTime.UnixEpoch.AddTicks(nanoseconds / 100);
}
