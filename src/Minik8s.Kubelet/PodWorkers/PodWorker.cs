using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Runtime;
using Minik8s.Kubelet.Status;
using Minik8s.Kubelet.Volumes;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>
/// Makes one pod true: compares what it should be with what the runtime has, acts, reports, and sleeps until something changes or a delay runs out.
/// </summary>
internal sealed partial class PodWorker(PodServices services, V1Pod pod, ILogger<PodWorker> logger)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(1);
    private static readonly ImmutableDictionary<string, (string Reason, string Message)> NothingWaits = ImmutableDictionary<string, (string, string)>.Empty;

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly RestartBackOff _backOff = new(services.Time);
    private readonly Dictionary<string, string?> _lastWords = [];
    private volatile V1Pod _pod = pod;
    private volatile bool _removed;
    private JsonNode? _reported;
    private V1PodStatus? _status = pod.Status;

    public V1Pod Pod => _pod;

    /// <summary>Whether the API server has lost the pod without this node's doing.</summary>
    public bool Removed => _removed;

    /// <summary>What the runtime had of the pod when it was last looked at.</summary>
    public PodView? View { get; private set; }

    /// <summary>Why containers waited then.</summary>
    public IReadOnlyDictionary<string, (string Reason, string Message)> Waiting { get; private set; } = NothingWaits;

    /// <summary>The pod has a new form.</summary>
    public void Update(V1Pod latest)
    {
        _pod = latest;
        Wake();
    }

    /// <summary>The API server no longer knows the pod: what runs of it ends.</summary>
    public void Remove()
    {
        _removed = true;
        Wake();
    }

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
            catch (Exception e) when (e is RpcException or ApiException or HttpRequestException or TimeoutException or IOException && !cancellationToken.IsCancellationRequested)
            {
                LogFailed(_pod.Metadata.NamespaceProperty, _pod.Metadata.Name, e);
                next = Retry;
            }

            if (next is null) return;
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_wake.Reader.WaitToReadAsync(timer.Token).AsTask(), Task.Delay(next.Value, services.Time, timer.Token));
            cancellationToken.ThrowIfCancellationRequested();
            await timer.CancelAsync();
            _wake.Reader.TryRead(out _);
        }
    }

    /// <returns>When to look again; null when the pod is gone.</returns>
    private async Task<TimeSpan?> SyncAsync(CancellationToken cancellationToken)
    {
        var pod = _pod;
        if (_removed || pod.Metadata.DeletionTimestamp is not null)
        {
            await TerminateAsync(pod, cancellationToken);
            return null;
        }

        var view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
        services.Probes.Follow(pod, view, IpOf(pod, view));
        var sync = new PodSync(services, pod, _backOff);
        if (!IsDone(pod.Status)) view = await sync.RunAsync(view, status => ReportAsync(pod, status, sync.Waiting, cancellationToken), cancellationToken);
        await ReportAsync(pod, view, sync.Waiting, cancellationToken);
        if (IsDone(_status)) await ReleaseAsync(view, cancellationToken);
        return sync.Next is { } soon && soon < Resync ? soon : Resync;
    }

    private static bool IsDone(V1PodStatus? status) => status?.Phase is "Succeeded" or "Failed";

    private async Task ReportAsync(V1Pod pod, PodView view, IReadOnlyDictionary<string, (string Reason, string Message)> waiting, CancellationToken cancellationToken)
    {
        View = view;
        Waiting = waiting;
        services.Probes.Follow(pod, view, IpOf(pod, view));
        _status = PodStatusBuilder.Build(
            pod, view, waiting, id => services.Probes.Health(pod.Metadata.Uid, id), (container, ended) => LastWords(pod, container, ended), services.Options, services.Time.GetUtcNow());
        _reported = await services.Status.ReportAsync(pod, _status, _reported, cancellationToken);
    }

    private string IpOf(V1Pod pod, PodView view) => pod.Spec.HostNetwork == true ? services.Options.NodeIp.ToString() : view.ReadySandbox?.Network?.Ip ?? "";

    /// <summary>Read once for each container that has ended; after that nobody adds to it.</summary>
    private string? LastWords(V1Pod pod, V1Container container, ContainerStatus ended)
    {
        if (_lastWords.TryGetValue(ended.Id, out var known)) return known;
        var words = TerminationMessages.Read(services.Volumes.PodDirectory(pod.Metadata.Uid), container, ended.Metadata.Attempt, ended.ExitCode, ended.LogPath);
        _lastWords[ended.Id] = words;
        return words;
    }

    /// <summary>A pod that is done holds no address, port, cgroup or volume any more; its containers stay for their logs.</summary>
    private async Task ReleaseAsync(PodView view, CancellationToken cancellationToken)
    {
        await services.HostPorts.RemoveAsync(view.Uid, cancellationToken);
        if (view.ReadySandbox is { } sandbox) await services.Runtime.Service.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandbox.Id }, cancellationToken: cancellationToken);
        await services.Volumes.ReleaseAsync(view.Uid, cancellationToken);
        services.Cgroups.Remove(view.Uid);
    }

    /// <summary>Stops the containers within the grace period, reports how they ended, takes everything away, and lets the API object go.</summary>
    private async Task TerminateAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        var view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
        services.Probes.Follow(pod, view, IpOf(pod, view));
        services.Probes.Terminating(pod.Metadata.Uid);
        await new PodStop(services, pod, Grace, _wake.Reader, ReportNowAsync).RunAsync(view, cancellationToken);
        view = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
        if (!_removed) await ReportAsync(pod, view, NothingWaits, cancellationToken);
        await services.RemoveAsync(view, cancellationToken);
        var logs = RuntimeConfigs.LogDirectory(pod, services.Options);
        if (Directory.Exists(logs)) Directory.Delete(logs, recursive: true);
        if (_removed) return;
        try
        {
            await services.Client.Resource<V1Pod>().DeleteAsync(
                pod.Metadata.Name, pod.Metadata.NamespaceProperty, new DeleteOptions { GracePeriodSeconds = 0, Uid = pod.Metadata.Uid }, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // It is gone already, or another of the same name has taken its place.
        }

        // Readiness still counts while the containers end.
        async Task ReportNowAsync()
        {
            if (_removed) return;
            var now = await services.Runtime.ViewAsync(pod.Metadata.Uid, cancellationToken);
            await ReportAsync(pod, now, NothingWaits, cancellationToken);
            services.Probes.Terminating(pod.Metadata.Uid);
        }
    }

    /// <summary>How long the containers may take to end, by the newest wish.</summary>
    private TimeSpan Grace() => TimeSpan.FromSeconds(_removed ? 1 : _pod.Metadata.DeletionGracePeriodSeconds ?? _pod.Spec.TerminationGracePeriodSeconds ?? 30);

    [LoggerMessage(LogLevel.Warning, "Pod {Namespace}/{Pod} could not be brought up to date and will be tried again")]
    private partial void LogFailed(string @namespace, string pod, Exception exception);
}
