using System.Text.Json.Nodes;
using System.Threading.Channels;
using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cgroups;
using Minik8s.Kubelet.Runtime;
using Minik8s.Kubelet.Status;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>
/// Makes one pod true: compares what it should be with what the runtime has, acts, reports, and sleeps until something changes or a delay runs out.
/// </summary>
internal sealed partial class PodWorker(PodServices services, V1Pod pod, ILogger<PodWorker> logger)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly RestartBackOff _backOff = new(services.Time);
    private volatile V1Pod _pod = pod;
    private JsonNode? _reported;

    public V1Pod Pod => _pod;

    /// <summary>What the runtime had of the pod when it was last looked at.</summary>
    public PodView? View { get; private set; }

    /// <summary>Why containers waited then.</summary>
    public IReadOnlyDictionary<string, (string Reason, string Message)> Waiting { get; private set; } = new Dictionary<string, (string, string)>();

    /// <summary>The pod has a new form, or the API server no longer knows it.</summary>
    public void Update(V1Pod latest)
    {
        _pod = latest;
        Wake();
    }

    /// <summary>The pod was removed from the API server without this node's doing: what runs of it ends.</summary>
    public void Remove()
    {
        Removed = true;
        Wake();
    }

    public bool Removed { get; private set; }

    /// <summary>Something has happened in the runtime.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Works until nothing of the pod is left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan? next;
            try
            {
                next = await SyncAsync(cancellationToken);
            }
            catch (Exception e) when (e is RpcException or ApiException or HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
            {
                LogFailed(_pod.Metadata.NamespaceProperty, _pod.Metadata.Name, e);
                next = Retry;
            }

            if (next is null) return;
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var delay = Task.Delay(next.Value, services.Time, timer.Token);
            await Task.WhenAny(_wake.Reader.WaitToReadAsync(cancellationToken).AsTask(), delay);
            cancellationToken.ThrowIfCancellationRequested();
            await timer.CancelAsync();
            _wake.Reader.TryRead(out _);
        }
    }

    /// <returns>When to look again; null when the pod is gone.</returns>
    private async Task<TimeSpan?> SyncAsync(CancellationToken cancellationToken)
    {
        var pod = _pod;
        if (Removed || pod.Metadata.DeletionTimestamp is not null)
        {
            await TerminateAsync(pod, cancellationToken);
            return null;
        }

        var view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
        var sync = new PodSync(services, pod, _backOff);
        if (pod.Status?.Phase is not ("Succeeded" or "Failed")) view = await sync.RunAsync(view, status => ReportAsync(pod, status, sync.Waiting, cancellationToken), cancellationToken);
        await ReportAsync(pod, view, sync.Waiting, cancellationToken);
        return sync.Next is { } soon && soon < Resync ? soon : Resync;
    }

    private async Task ReportAsync(V1Pod pod, PodView view, IReadOnlyDictionary<string, (string Reason, string Message)> waiting, CancellationToken cancellationToken)
    {
        View = view;
        Waiting = waiting;
        _reported = await services.Status.ReportAsync(pod, PodStatusBuilder.Build(pod, view, waiting, services.Options, services.Time.GetUtcNow()), _reported, cancellationToken);
    }

    /// <summary>Stops the containers within the grace period, reports how they ended, takes everything away, and lets the API object go.</summary>
    private async Task TerminateAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        var view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
        var grace = Removed ? 1 : pod.Metadata.DeletionGracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? 30;
        var running = view.Containers.Where(c => c.State == Cri.ContainerState.ContainerRunning).ToList();
        foreach (var container in running)
        {
            services.Events.Record(EventRecorderExtensions.Reference(pod, $"spec.containers{{{container.Metadata.Name}}}"), EventType.Normal, "Killing", $"Stopping container {container.Metadata.Name}");
        }

        await Task.WhenAll(running.Select(c => services.Runtime.StopContainerAsync(c.Id, grace, cancellationToken)));
        view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
        if (!Removed) await ReportAsync(pod, view, new Dictionary<string, (string, string)>(), cancellationToken);
        await services.Runtime.RemovePodAsync(view, cancellationToken);
        await services.Volumes.UnmountAsync(pod.Metadata.Uid, cancellationToken);
        new PodCgroups(services.Options.CgroupRoot).Remove(pod.Metadata.Uid);
        var logs = RuntimeConfigs.LogDirectory(pod, services.Options);
        if (Directory.Exists(logs)) Directory.Delete(logs, recursive: true);
        if (Removed) return;
        try
        {
            await services.Client.Resource<V1Pod>().DeleteAsync(
                pod.Metadata.Name, pod.Metadata.NamespaceProperty, new DeleteOptions { GracePeriodSeconds = 0, Uid = pod.Metadata.Uid }, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // It is gone already, or another of the same name has taken its place.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Pod {Namespace}/{Pod} could not be brought up to date and will be tried again")]
    private partial void LogFailed(string @namespace, string pod, Exception exception);
}
