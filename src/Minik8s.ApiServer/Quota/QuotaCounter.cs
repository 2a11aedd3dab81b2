using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Quantities;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Quota;

/// <summary>Counts what a namespace holds of what a quota limits.</summary>
internal sealed class QuotaCounter(RegistryCatalog catalog, TimeProvider time)
{
    // A write that has been charged reaches the cache within moments; until then it would be missed.
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Charge> _charged = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Raised with the namespace of a quota that has been charged for an object that will not come.</summary>
    public event Action<string>? Miscounted;

    /// <summary>An object is about to be charged to a quota, and then to be written.</summary>
    public void Charging(string key, string ns, ResourceDefinition resource, JsonObject obj, string quota)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var late in _charged.Where(c => c.Value.At < now - InFlight).Select(c => c.Key).ToList()) Drop(late);
            if (!_charged.TryGetValue(key, out var charge) || charge.Quotas.ContainsKey(quota))
            {
                Drop(key);
                _charged[key] = charge = new(now, ns, resource, obj);
            }

            charge.Quotas[quota] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The quota's status has the charge, from a revision on.</summary>
    public void Charged(string key, string quota, long revision)
    {
        lock (_gate)
        {
            if (_charged.TryGetValue(key, out var charge) && charge.Quotas.TryGetValue(quota, out var written)) written.TrySetResult(revision);
        }
    }

    /// <summary>The object has reached the cache: it is counted by what the cache shows.</summary>
    public void Settled(string key)
    {
        lock (_gate) Drop(key);
    }

    /// <summary>The object has been refused and will not come.</summary>
    public void Withdrawn(string key)
    {
        string? miscounted = null;
        lock (_gate)
        {
            if (_charged.TryGetValue(key, out var charge) && charge.Quotas.Values.Any(q => q.Task.IsCompletedSuccessfully)) miscounted = charge.Namespace;
            Drop(key);
        }

        if (miscounted is not null) Miscounted?.Invoke(miscounted);
    }

    /// <summary>
    /// The present usage of the resources that a quota limits, as of the version of the quota that is given: what has been charged to a later one is not in it,
    /// so that whoever writes it over that very version counts everything once.
    /// </summary>
    public async ValueTask<Dictionary<string, Quantity>> CountAsync(JsonObject quota, string ns, CancellationToken cancellationToken)
    {
        var used = QuotaUsage.Read(quota.Map("spec").Map("hard")).ToDictionary(h => h.Key, h => new Quantity(0, h.Value.Format));
        foreach (var registry in catalog.All.Where(r => r.Resource is { Namespaced: true, StoredAs: null } && Concerns(r.Resource, used.Keys)))
        {
            // Before the list: what arrives in between is then in both, and counted once.
            var flying = await FlyingAsync(quota, ns, registry.Resource, cancellationToken);
            await registry.Cache.WaitForStoreAsync(cancellationToken);
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in registry.Cache.List(new ObjectSelector(registry.Resource, ns, null, null)).Items)
            {
                keys.Add(item.Key);
                Add(used, quota, registry.Resource, ObjectBytes.Parse(item.Json));
            }

            foreach (var (key, obj) in flying.Where(f => keys.Add(f.Key))) Add(used, quota, registry.Resource, obj);
        }

        return used;
    }

    /// <summary>The objects on their way that a version of a quota has been charged for. Whether it has is waited for, which takes one write.</summary>
    private async ValueTask<List<(string Key, JsonObject Object)>> FlyingAsync(JsonObject quota, string ns, ResourceDefinition resource, CancellationToken cancellationToken)
    {
        var name = quota.Map("metadata").Text("name") ?? "";
        var version = long.Parse(quota.Map("metadata").Text("resourceVersion")!, System.Globalization.CultureInfo.InvariantCulture);
        List<(string Key, JsonObject Object, Task<long> Written)> charges;
        lock (_gate)
        {
            var oldest = time.GetUtcNow() - InFlight;
            charges = [.. _charged.Where(c => c.Value.Namespace == ns && c.Value.Resource == resource && c.Value.At >= oldest && c.Value.Quotas.ContainsKey(name))
                .Select(c => (c.Key, c.Value.Object, c.Value.Quotas[name].Task))];
        }

        Task written = Task.WhenAll(charges.Select(c => c.Written));
        await written.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return [.. charges.Where(c => c.Written.IsCompletedSuccessfully && c.Written.Result <= version).Select(c => (c.Key, c.Object))];
    }

    private void Drop(string key)
    {
        if (!_charged.Remove(key, out var charge)) return;
        // Nobody waits for what will not be written any more.
        foreach (var quota in charge.Quotas.Values) quota.TrySetCanceled();
    }

    /// <summary>Whether any of a quota's names is about a resource.</summary>
    public static bool Concerns(ResourceDefinition resource, IEnumerable<string> names)
    {
        var count = QuotaUsage.CountName(resource);
        return names.Any(n => n == count || resource.Kind.Group.Length == 0 && resource.Plural switch
        {
            "pods" => n is "pods" or "cpu" or "memory" or "ephemeral-storage" || n.StartsWith("requests.", StringComparison.Ordinal) && n != "requests.storage" || n.StartsWith("limits.", StringComparison.Ordinal) || n.StartsWith("hugepages-", StringComparison.Ordinal),
            "services" => n == "services" || n.StartsWith("services.", StringComparison.Ordinal),
            "persistentvolumeclaims" => n is "persistentvolumeclaims" or "requests.storage" || n.Contains(".storageclass.storage.k8s.io/", StringComparison.Ordinal),
            _ => n == resource.Plural,
        });
    }

    private static void Add(Dictionary<string, Quantity> used, JsonObject quota, ResourceDefinition resource, JsonObject obj)
    {
        if (!QuotaScopes.Covers(quota, resource, obj)) return;
        foreach (var (name, amount) in QuotaUsage.Of(resource, obj))
        {
            if (used.TryGetValue(name, out var present)) used[name] = present + amount;
        }
    }

    /// <summary>An object on its way into the store, with the revisions of the quotas that have it in their status.</summary>
    private sealed record Charge(DateTimeOffset At, string Namespace, ResourceDefinition Resource, JsonObject Object)
    {
        public Dictionary<string, TaskCompletionSource<long>> Quotas { get; } = new(StringComparer.Ordinal);
    }
}
