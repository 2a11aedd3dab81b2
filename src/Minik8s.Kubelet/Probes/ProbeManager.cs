using System.Threading.Channels;
using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Pleg;
using Minik8s.Kubelet.Runtime;

namespace Minik8s.Kubelet.Probes;

/// <summary>
/// Asks the probes of all running containers, each at its own period, from one loop that sleeps until the next is due; wakes a pod when a result changes.
/// </summary>
internal sealed class ProbeManager(IProber prober, IEventRecorder events, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, ContainerProbes>> _pods = [];
    private readonly PriorityQueue<(ProbeRun Run, DateTimeOffset At), DateTimeOffset> _due = new();
    private readonly Channel<bool> _sooner = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes up what has started, and leaves off what has ended.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="view">What the runtime knows of it.</param>
    /// <param name="podIp">Its address.</param>
    public void Follow(V1Pod pod, PodView view, string podIp)
    {
        lock (_gate)
        {
            var known = _pods.GetValueOrDefault(pod.Metadata.Uid);
            var present = new Dictionary<string, ContainerProbes>();
            foreach (var container in (pod.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always").Concat(pod.Spec.Containers))
            {
                if (container.StartupProbe is null && container.LivenessProbe is null && container.ReadinessProbe is null) continue;
                if (view.Latest(container.Name) is not { State: ContainerState.ContainerRunning } run) continue;
                var target = new ProbeTarget(pod, container, run.Id, podIp);
                if (known?.GetValueOrDefault(run.Id) is { } probes) probes.Target = target;
                else probes = Begin(target, run);
                present[run.Id] = probes;
            }

            foreach (var (id, gone) in known ?? []) if (!present.ContainsKey(id)) End(gone.All);
            if (present.Count > 0) _pods[pod.Metadata.Uid] = present;
            else _pods.Remove(pod.Metadata.Uid);
        }
    }

    /// <summary>Whether the run of a container has come up, and whether it may be sent work.</summary>
    public (bool Started, bool Ready) Health(string podUid, string containerId)
    {
        lock (_gate) return Find(podUid, containerId) is { } probes ? (probes.Started, probes.Ready) : (true, true);
    }

    /// <summary>The probe whose failure ends the run of a container; null while there is none.</summary>
    public ProbeRun? Fatal(string podUid, string containerId)
    {
        lock (_gate) return Find(podUid, containerId)?.Fatal;
    }

    /// <summary>A pod that goes away is no longer asked whether it lives, but whether it may be sent work.</summary>
    public void Terminating(string podUid)
    {
        lock (_gate)
        {
            foreach (var probes in _pods.GetValueOrDefault(podUid)?.Values ?? Enumerable.Empty<ContainerProbes>()) End(probes.All.Where(r => r.Kind != ProbeKind.Readiness));
        }
    }

    /// <summary>Nothing is left of the pod.</summary>
    public void Forget(string podUid)
    {
        lock (_gate)
        {
            if (!_pods.Remove(podUid, out var containers)) return;
            foreach (var probes in containers.Values) End(probes.All);
        }
    }

    /// <summary>Asks until cancelled; ends with a failure when an attempt fails in an unforeseen way.</summary>
    public async Task RunAsync(IPodWaker pods, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = StartDue(pods, cancellationToken);
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_failed.Task, _sooner.Reader.WaitToReadAsync(timer.Token).AsTask(), Task.Delay(pause, time, timer.Token));
            cancellationToken.ThrowIfCancellationRequested();
            await timer.CancelAsync();
            if (_failed.Task.IsFaulted) await _failed.Task;
            _sooner.Reader.TryRead(out _);
        }
    }

    /// <returns>How long until the next one is due.</returns>
    private TimeSpan StartDue(IPodWaker pods, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var next, out var at))
            {
                if (!next.Run.Ended && at > time.GetUtcNow()) return at - time.GetUtcNow();
                _due.Dequeue();
                if (!next.Run.Ended) _ = AskAsync(next.Run, at, pods, cancellationToken);
            }
        }

        return Timeout.InfiniteTimeSpan;
    }

    private async Task AskAsync(ProbeRun run, DateTimeOffset at, IPodWaker pods, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Yield();
            var target = run.Owner.Target;
            var outcome = await prober.ProbeAsync(run.Probe, target, cancellationToken);
            bool changed;
            lock (_gate)
            {
                if (run.Ended) return;
                changed = run.Count(outcome.Verdict);
                if (!run.Ended) Enqueue(run, at + run.Period);
                if (changed && run is { Kind: ProbeKind.Startup, Result: true }) foreach (var waiting in run.Owner.First) Enqueue(waiting, waiting.FirstDue);
            }

            Tell(run.Kind, target, outcome);
            if (changed) pods.Changed(target.Pod.Metadata.Uid);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The kubelet stops.
        }
        catch (Exception e)
        {
            _failed.TrySetException(e);
        }
    }

    private void Tell(ProbeKind kind, ProbeTarget target, ProbeOutcome outcome)
    {
        var (reason, what) = outcome.Verdict switch
        {
            ProbeVerdict.Failure => ("Unhealthy", $"{kind} probe failed: {outcome.Output}"),
            ProbeVerdict.Unknown => ("Unhealthy", $"{kind} probe errored and resulted in unknown state: {outcome.Output}"),
            ProbeVerdict.Warning => ("ProbeWarning", $"{kind} probe warning: {outcome.Output}"),
            _ => ("", ""),
        };
        var list = target.Container.RestartPolicy == "Always" ? "initContainers" : "containers";
        if (reason.Length > 0) events.Record(EventRecorderExtensions.Reference(target.Pod, $"spec.{list}{{{target.Container.Name}}}"), EventType.Warning, reason, what);
    }

    private ContainerProbes Begin(ProbeTarget target, ContainerStatus run)
    {
        var reported = (target.Pod.Status?.ContainerStatuses ?? []).Concat(target.Pod.Status?.InitContainerStatuses ?? []).FirstOrDefault(s => s.ContainerID == $"containerd://{run.Id}");
        var probes = new ContainerProbes(target, DateTimeOffset.UnixEpoch.AddTicks(run.StartedAt / 100), reported);
        foreach (var first in probes.First) Enqueue(first, first.FirstDue);
        return probes;
    }

    private void Enqueue(ProbeRun run, DateTimeOffset at)
    {
        // What was missed is not made up for.
        var now = time.GetUtcNow();
        var when = at > now ? at : now;
        _due.Enqueue((run, when), when);
        _sooner.Writer.TryWrite(true);
    }

    private ContainerProbes? Find(string podUid, string containerId) => _pods.GetValueOrDefault(podUid)?.GetValueOrDefault(containerId);

    private static void End(IEnumerable<ProbeRun> runs)
    {
        foreach (var run in runs) run.Ended = true;
    }
}
