using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Discovery;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>One informer of metadata for every resource whose objects can be deleted, those discovered later included; each feeds the graph.</summary>
internal sealed class ResourceMonitors(ApiDiscovery discovery, ResourceMap map, KubeClient client, OwnerGraph graph, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan DiscoveryInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DiscoveryRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SyncLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Group, string Plural), Monitor> _monitors = [];
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _hint = new(0, 1);

    /// <summary>Follows what the server serves until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            while (true)
            {
                var next = await DiscoverAsync(failed, stop.Token) ? DiscoveryInterval : DiscoveryRetry;
                await await Task.WhenAny(WaitAsync(next, cancellationToken), failed.Task);
            }
        }
        finally
        {
            await stop.CancelAsync();
            Monitor[] left;
            lock (_lock) left = [.. _monitors.Values];
            foreach (var monitor in left)
            {
                await monitor.Running;
                monitor.End.Dispose();
            }
        }
    }

    /// <summary>Waits until the graph is whole. A resource that cannot be listed does not hold up the others for ever.</summary>
    public async Task WaitForSyncAsync(CancellationToken cancellationToken)
    {
        await _started.Task.WaitAsync(cancellationToken);
        Monitor[] monitors;
        lock (_lock) monitors = [.. _monitors.Values.Where(m => !m.Informer.HasSynced)];
        foreach (var monitor in monitors)
        {
            var left = SyncLimit - time.GetElapsedTime(monitor.Since);
            if (left <= TimeSpan.Zero) continue;
            await Task.WhenAny(monitor.Informer.WaitForSyncAsync(cancellationToken), Task.Delay(left, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task WaitAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_hint.WaitAsync(limit.Token), Task.Delay(interval, time, limit.Token));
        await limit.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<bool> DiscoverAsync(TaskCompletionSource failed, CancellationToken stopping)
    {
        IReadOnlyList<ApiResource> resources;
        try
        {
            resources = await discovery.ListAsync(stopping);
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or IOException or TimeoutException)
        {
            GarbageCollectionLog.DiscoveryFailed(logger, e.Message);
            return false;
        }

        map.Replace(resources);
        var wanted = resources.Where(r => r.Preferred && IsFollowed(r)).ToDictionary(r => (r.Names.Group, r.Names.Plural), r => r.Names);
        List<Monitor> gone;
        lock (_lock)
        {
            // What is served in another version now is followed anew.
            gone = [.. _monitors.Where(m => !wanted.TryGetValue(m.Key, out var names) || names != m.Value.Names).Select(m => m.Value)];
            foreach (var monitor in gone) _monitors.Remove((monitor.Names.Group, monitor.Names.Plural));
        }

        foreach (var monitor in gone) await StopAsync(monitor);
        lock (_lock)
        {
            foreach (var (key, names) in wanted)
            {
                if (!_monitors.ContainsKey(key)) _monitors[key] = Start(names, failed, stopping);
            }
        }

        _started.TrySetResult();
        return true;
    }

    // Events own nothing and are owned by nobody, and there are many of them.
    private static bool IsFollowed(ApiResource resource) =>
        resource.Names.Plural != "events" && resource.Verbs.Contains("delete") && resource.Verbs.Contains("list") && resource.Verbs.Contains("watch");

    private Monitor Start(ResourceNames names, TaskCompletionSource failed, CancellationToken stopping)
    {
        GarbageCollectionLog.Following(logger, $"{names.Plural}.{names.Group}");
        var informer = new SharedInformer<PartialObjectMetadata>(
            $"metadata of {names.Plural}", new ResourceListWatch<PartialObjectMetadata>(client.Metadata(names)), new InformerOptions(), logger, time, transform: Strip);
        informer.AddHandler(new ResourceHandler<PartialObjectMetadata>(
            obj => graph.Set(new GraphNode(names, obj.Metadata)), (_, now) => graph.Set(new GraphNode(names, now.Metadata)), last => graph.Remove(last.Metadata.Uid)));
        // A new or changed definition means new resources, and so may a new extension server.
        if (names is { Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition" } or { Group: "apiregistration.k8s.io", Kind: "APIService" }) informer.AddHandler(_ => Hint());
        var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        return new Monitor(names, informer, end, GuardAsync(informer, failed, end.Token), time.GetTimestamp());
    }

    private async Task StopAsync(Monitor monitor)
    {
        GarbageCollectionLog.NoLongerFollowing(logger, $"{monitor.Names.Plural}.{monitor.Names.Group}");
        await monitor.End.CancelAsync();
        await monitor.Running;
        monitor.End.Dispose();
        foreach (var obj in monitor.Informer.Lister.List()) graph.Remove(obj.Metadata.Uid);
    }

    private static async Task GuardAsync(IInformer informer, TaskCompletionSource failed, CancellationToken stopping)
    {
        try
        {
            await Task.Run(() => informer.RunAsync(stopping), CancellationToken.None);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            // RunAsync passes it on.
            failed.TrySetException(e);
        }
    }

    private void Hint()
    {
        lock (_lock)
        {
            if (_hint.CurrentCount == 0) _hint.Release();
        }
    }

    private static void Strip(PartialObjectMetadata obj)
    {
        var full = obj.Metadata;
        obj.Metadata = new V1ObjectMeta
        {
            Name = full.Name,
            NamespaceProperty = full.NamespaceProperty,
            Uid = full.Uid,
            ResourceVersion = full.ResourceVersion,
            OwnerReferences = full.OwnerReferences,
            Finalizers = full.Finalizers,
            DeletionTimestamp = full.DeletionTimestamp,
        };
    }

    private sealed record Monitor(ResourceNames Names, SharedInformer<PartialObjectMetadata> Informer, CancellationTokenSource End, Task Running, long Since);
}
