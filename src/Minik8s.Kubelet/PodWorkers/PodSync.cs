using System.Globalization;
using Grpc.Core;
using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Env;
using Minik8s.Kubelet.Images;
using Minik8s.Kubelet.Probes;
using Minik8s.Kubelet.Runtime;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>One pass over a pod that shall run: its volumes, its sandbox, its init containers in turn, its containers.</summary>
internal sealed class PodSync(PodServices services, V1Pod pod, RestartBackOff backOff)
{
    private static readonly TimeSpan SetupRetry = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, (string Reason, string Message)> _waiting = [];

    /// <summary>Containers that this pass has ended for their health: they start again however they end.</summary>
    private readonly HashSet<string> _unhealthy = [];

    /// <summary>Why containers wait.</summary>
    public IReadOnlyDictionary<string, (string Reason, string Message)> Waiting => _waiting;

    /// <summary>When something will be due that no event announces.</summary>
    public TimeSpan? Next { get; private set; }

    public async Task<PodView> RunAsync(PodView view, Func<PodView, Task> report, CancellationToken cancellationToken)
    {
        if (Finished(view)) return view;
        IReadOnlyDictionary<string, string> volumes;
        try
        {
            volumes = await services.Volumes.MountAsync(pod, cancellationToken);
        }
        catch (PodSetupException e)
        {
            services.Events.Warning(pod, e.Reason, e.Message);
            Due(SetupRetry);
            return view;
        }

        if (await EnsureSandboxAsync(view, cancellationToken) is not { } sandbox) return view;
        if (!ReferenceEquals(sandbox.View, view))
        {
            view = sandbox.View;
            // Whoever watches sees the address as soon as there is one.
            await report(view);
        }

        if (view.ReadySandbox?.Network is { Ip.Length: > 0 } network) await services.HostPorts.EnsureAsync(pod, network.Ip, cancellationToken);

        view = await EndUnhealthyAsync(view, cancellationToken);
        foreach (var init in pod.Spec.InitContainers ?? [])
        {
            var restartable = init.RestartPolicy == "Always";
            var latest = view.Latest(init.Name);
            if (latest is { State: ContainerState.ContainerExited, ExitCode: 0 } && !restartable) continue;
            if (latest is { State: ContainerState.ContainerRunning } && restartable)
            {
                if (services.Probes.Health(pod.Metadata.Uid, latest.Id).Started) continue;
                return view;
            }

            if (latest is null or { State: not ContainerState.ContainerRunning }) await StartAsync(init, latest, view, sandbox.Config, volumes, cancellationToken);
            view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
            if (!restartable || init.StartupProbe is not null || view.Latest(init.Name)?.State != ContainerState.ContainerRunning) return view;
        }

        await Task.WhenAll(pod.Spec.Containers
            .Where(c => view.Latest(c.Name)?.State != ContainerState.ContainerRunning)
            .Select(c => StartAsync(c, view.Latest(c.Name), view, sandbox.Config, volumes, cancellationToken)));
        return await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
    }

    /// <summary>Ends the containers whose startup or liveness probe has failed; unless the pod's policy is Never they start again.</summary>
    private async Task<PodView> EndUnhealthyAsync(PodView view, CancellationToken cancellationToken)
    {
        var unhealthy = new List<(ContainerStatus Container, ProbeRun Probe)>();
        foreach (var running in view.Containers.Where(c => c.State == ContainerState.ContainerRunning))
        {
            if (services.Probes.Fatal(pod.Metadata.Uid, running.Id) is { } probe) unhealthy.Add((running, probe));
        }

        if (unhealthy.Count == 0) return view;
        await Task.WhenAll(unhealthy.Select(u => EndAsync(u.Container, u.Probe, cancellationToken)));
        return await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
    }

    private async Task EndAsync(ContainerStatus running, ProbeRun failed, CancellationToken cancellationToken)
    {
        var name = running.Metadata.Name;
        var again = pod.Spec.RestartPolicy == "Never" ? "" : ", will be restarted";
        services.Events.Record(
            EventRecorderExtensions.Reference(pod, $"spec.containers{{{name}}}"), EventType.Normal, "Killing",
            $"Container {name} failed {(failed.Kind == ProbeKind.Startup ? "startup" : "liveness")} probe{again}");
        if (again.Length > 0) _unhealthy.Add(running.Id);
        await services.Runtime.StopContainerAsync(running.Id, failed.Probe.TerminationGracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? 30, cancellationToken);
    }

    /// <summary>Whether every container has ended and none is to be started again.</summary>
    private bool Finished(PodView view) =>
        pod.Spec.RestartPolicy != "Always" && pod.Spec.Containers.All(c => view.Latest(c.Name) is { State: ContainerState.ContainerExited } ended && (pod.Spec.RestartPolicy == "Never" || ended.ExitCode == 0));

    private async Task<(PodSandboxConfig Config, PodView View)?> EnsureSandboxAsync(PodView view, CancellationToken cancellationToken)
    {
        var attempt = view.Sandbox?.Metadata.Attempt ?? 0;
        if (view.ReadySandbox is not null) return (RuntimeConfigs.Sandbox(pod, services.Options, attempt), view);
        var config = RuntimeConfigs.Sandbox(pod, services.Options, view.Sandbox is null ? 0 : attempt + 1);
        try
        {
            if (view.Sandbox is { } dead)
            {
                services.Events.Normal(pod, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
                await services.Runtime.Service.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = dead.Id }, cancellationToken: cancellationToken);
            }

            await services.Runtime.Service.RunPodSandboxAsync(new RunPodSandboxRequest { Config = config }, cancellationToken: cancellationToken);
            return (config, await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken));
        }
        catch (RpcException e)
        {
            services.Events.Warning(pod, "FailedCreatePodSandBox", $"Failed to create pod sandbox: rpc error: code = {e.StatusCode} desc = {e.Status.Detail}");
            Due(SetupRetry);
            return null;
        }
    }

    private async Task StartAsync(V1Container container, ContainerStatus? former, PodView view, PodSandboxConfig sandbox, IReadOnlyDictionary<string, string> volumes, CancellationToken cancellationToken)
    {
        var about = EventRecorderExtensions.Reference(pod, $"spec.containers{{{container.Name}}}");
        if (former is not null && !MayRestart(container, former, about)) return;
        var attempt = former is null ? 0 : former.Metadata.Attempt + 1;
        string id;
        try
        {
            var image = await services.Images.EnsureAsync(pod, container, cancellationToken);
            var facts = new PodRuntimeFacts(
                pod.Spec.HostNetwork == true ? [services.Options.NodeIp.ToString()] : view.ReadySandbox?.Network is { Ip.Length: > 0 } n ? [n.Ip] : [],
                services.Options.NodeIp.ToString(),
                RuntimeConfigs.HostName(pod));
            var environment = await services.Environment.ResolveAsync(pod, container, facts, cancellationToken);
            var variables = environment.GroupBy(e => e.Key).ToDictionary(g => g.Key, g => g.Last().Value);
            var mounts = services.Volumes.ResolveMounts(pod, container, volumes, facts, (int)attempt);
            Directory.CreateDirectory(Path.Combine(sandbox.LogDirectory, container.Name));
            var config = RuntimeConfigs.Container(
                pod, container, attempt, image, environment, mounts,
                (container.Command ?? []).Select(c => Expansion.Expand(c, variables.GetValueOrDefault)),
                (container.Args ?? []).Select(a => Expansion.Expand(a, variables.GetValueOrDefault)));
            id = (await services.Runtime.Service.CreateContainerAsync(
                new CreateContainerRequest { PodSandboxId = view.ReadySandbox!.Id, Config = config, SandboxConfig = sandbox }, cancellationToken: cancellationToken)).ContainerId;
        }
        catch (ImageUnavailableException e)
        {
            Wait(container, e.Reason, e.Message, e.RetryAfter ?? SetupRetry);
            return;
        }
        catch (PodSetupException e)
        {
            services.Events.Record(about, EventType.Warning, "Failed", $"Error: {e.Message}");
            Wait(container, e.Reason, e.Message, SetupRetry);
            return;
        }
        catch (RpcException e)
        {
            services.Events.Record(about, EventType.Warning, "Failed", $"Error: {e.Status.Detail}");
            Wait(container, "CreateContainerError", e.Status.Detail, SetupRetry);
            return;
        }

        services.Events.Record(about, EventType.Normal, "Created", $"Created container: {container.Name}");
        try
        {
            await services.Runtime.Service.StartContainerAsync(new StartContainerRequest { ContainerId = id }, cancellationToken: cancellationToken);
            services.Events.Record(about, EventType.Normal, "Started", $"Started container {container.Name}");
            await RemoveOldAsync(container, view, cancellationToken);
        }
        catch (RpcException e)
        {
            services.Events.Record(about, EventType.Warning, "Failed", $"Error: {e.Status.Detail}");
            if (pod.Spec.RestartPolicy != "Never") Wait(container, "RunContainerError", e.Status.Detail, SetupRetry);
        }
    }

    /// <summary>Whether a container that has ended is started again now; if later, it waits in CrashLoopBackOff.</summary>
    private bool MayRestart(V1Container container, ContainerStatus former, V1ObjectReference about)
    {
        if (former.State == ContainerState.ContainerRunning) return false;
        var policy = container.RestartPolicy ?? pod.Spec.RestartPolicy;
        var isInit = pod.Spec.InitContainers?.Contains(container) == true;
        if (!_unhealthy.Contains(former.Id) && (policy == "Never" || (policy == "OnFailure" || isInit && container.RestartPolicy is null) && former.ExitCode == 0)) return false;
        var (left, delay) = backOff.Wait(container.Name, Time(former.StartedAt), Time(former.FinishedAt));
        if (left > TimeSpan.Zero)
        {
            services.Events.Record(about, EventType.Warning, "BackOff", $"Back-off restarting failed container {container.Name} in pod {pod.Metadata.Name}_{pod.Metadata.NamespaceProperty}({pod.Metadata.Uid})");
            Wait(
                container, "CrashLoopBackOff",
                $"back-off {Seconds(delay)} restarting failed container={container.Name} pod={pod.Metadata.Name}_{pod.Metadata.NamespaceProperty}({pod.Metadata.Uid})", left);
            return false;
        }

        backOff.Restarted(container.Name);
        return true;
    }

    /// <summary>Of the containers that have ended, the newest stays for its logs and last state.</summary>
    private async Task RemoveOldAsync(V1Container container, PodView view, CancellationToken cancellationToken)
    {
        foreach (var old in view.Containers.Where(c => c.Metadata.Name == container.Name && c.State == ContainerState.ContainerExited).Skip(1))
        {
            await services.Runtime.Service.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = old.Id }, cancellationToken: cancellationToken);
            if (old.LogPath.Length > 0) foreach (var log in Directory.EnumerateFiles(Path.GetDirectoryName(old.LogPath)!, Path.GetFileName(old.LogPath) + "*")) File.Delete(log);
        }
    }

    private void Wait(V1Container container, string reason, string message, TimeSpan retry)
    {
        lock (_waiting) _waiting[container.Name] = (reason, message);
        Due(retry);
    }

    private void Due(TimeSpan delay)
    {
        lock (_waiting) Next = Next is { } known && known < delay ? known : delay;
    }

    private static string Seconds(TimeSpan delay) =>
        delay.TotalSeconds < 60 ? $"{delay.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)}s" : $"{delay.Minutes}m{delay.Seconds}s";

    private static DateTimeOffset Time(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);
}
