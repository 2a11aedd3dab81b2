using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Quota;

/// <summary>
/// Keeps the status of quotas true: what is deleted, or ends, is no longer used. It counts a namespace anew when one of its objects goes, a quota of it
/// changes or an object that was charged is refused, and all of them now and then, which also corrects charges of writes that came to nothing.
/// </summary>
internal sealed partial class QuotaStatus(NamespaceIndex quotas, ResourceRegistry registry, QuotaCounter counter, RegistryCatalog catalog, TimeProvider time, ILogger<QuotaStatus> logger)
{
    private static readonly TimeSpan Everything = TimeSpan.FromMinutes(5);

    // Deletions come in bursts: what comes meanwhile is counted together.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    private readonly Channel<string> _namespaces = Channel.CreateUnbounded<string>(new() { SingleReader = true });
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private readonly HashSet<ResourceCache> _followed = [];
    private readonly Lock _gate = new();

    /// <summary>Counts until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        catalog.Changed += Follow;
        counter.Miscounted += Add;
        Follow();
        using var timer = new PeriodicTimer(Everything, time);
        var all = AllAsync(timer, cancellationToken);
        try
        {
            await foreach (var ns in _namespaces.Reader.ReadAllAsync(cancellationToken))
            {
                await Task.Delay(Gathering, time, cancellationToken);
                lock (_gate) _waiting.Remove(ns);
                foreach (var quota in quotas.Of(ns).ToList()) await CountAsync(ns, quota, cancellationToken);
            }

            await all;
        }
        finally
        {
            catalog.Changed -= Follow;
            counter.Miscounted -= Add;
        }
    }

    /// <summary>Puts hard limits and usage into a quota's status.</summary>
    public static void Write(JsonObject quota, Dictionary<string, Quantity> used)
    {
        var hard = quota.Map("spec").Map("hard") ?? [];
        var status = quota.Ensure("status");
        status["hard"] = hard.DeepClone();
        status["used"] = new JsonObject(hard.Select(h => KeyValuePair.Create(h.Key, (JsonNode?)used.GetValueOrDefault(h.Key).ToString())));
    }

    /// <summary>Follows the objects of every resource that is served now, also of those that have just come.</summary>
    private void Follow()
    {
        lock (_followed)
        {
            var served = catalog.All.Where(r => r.Resource is { Namespaced: true, StoredAs: null }).DistinctBy(r => r.Cache).ToList();
            _followed.IntersectWith(served.Select(r => r.Cache));
            foreach (var resource in served.Where(r => _followed.Add(r.Cache))) resource.Cache.Observe(c => Changed(resource, c));
        }
    }

    private async Task AllAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var quota in registry.Cache.List(new ObjectSelector(registry.Resource, null, null, null)).Items) Add(quota.Namespace);
        }
    }

    private void Changed(ResourceRegistry changed, CacheEvent change)
    {
        counter.Settled(change.Current.Key);
        var isQuota = ReferenceEquals(changed, registry);
        var ended = changed.Resource.Kind is { Group: "", Kind: "Pod" } && change.Type == CacheEventType.Modified;
        if ((isQuota || ended || change.Type == CacheEventType.Deleted) && quotas.Any(change.Current.Namespace)) Add(change.Current.Namespace);
    }

    private void Add(string ns)
    {
        lock (_gate)
        {
            if (!_waiting.Add(ns)) return;
        }

        _namespaces.Writer.TryWrite(ns);
    }

    private async Task CountAsync(string ns, JsonObject quota, CancellationToken cancellationToken)
    {
        var name = quota.Map("metadata").Text("name")!;
        var version = quota.Map("metadata").Text("resourceVersion");
        try
        {
            var used = await counter.CountAsync(quota, ns, cancellationToken);
            await registry.UpdateAsync(ns, name, "status", present =>
            {
                // Whoever has charged meanwhile is not overwritten: the event of that write brings this here again.
                present.Map("metadata")!["resourceVersion"] = version;
                Write(present, used);
                return present;
            }, new WriteOptions { Warn = _ => { } }, cancellationToken);
        }
        catch (StatusException e) when (e.Reason is StatusReason.NotFound or StatusReason.Conflict)
        {
            // Gone, or written by somebody else, of which an event will tell.
        }
        catch (Exception e) when (e is Store.StoreUnavailableException or TimeoutException)
        {
            LogFailed(ns, name, e.Message);
            Add(ns);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The usage of quota {Ns}/{Name} could not be counted and will be again: {Reason}")]
    private partial void LogFailed(string ns, string name, string reason);
}
