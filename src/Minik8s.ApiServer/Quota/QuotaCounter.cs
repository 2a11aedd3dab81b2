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

    /// <summary>Raised with the namespace whose usage has been counted with an object that will not come.</summary>
    public event Action<string>? Miscounted;

    /// <summary>Remembers an object that has been charged and is about to be written.</summary>
    public void Charged(string key, string ns, ResourceDefinition resource, JsonObject obj)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var late in _charged.Where(c => c.Value.At < now - InFlight).Select(c => c.Key).ToList()) _charged.Remove(late);
            _charged[key] = new(now, ns, resource, obj);
        }
    }

    /// <summary>The object has reached the cache: it is counted by what the cache shows.</summary>
    public void Settled(string key)
    {
        lock (_gate) _charged.Remove(key);
    }

    /// <summary>The object has been refused and will not come.</summary>
    public void Withdrawn(string key)
    {
        lock (_gate)
        {
            if (!_charged.Remove(key, out var charge) || !charge.Counted) return;
            Miscounted?.Invoke(charge.Namespace);
        }
    }

    /// <summary>The present usage of the resources that a quota limits.</summary>
    public async ValueTask<Dictionary<string, Quantity>> CountAsync(JsonObject quota, string ns, CancellationToken cancellationToken)
    {
        var used = QuotaUsage.Read(quota.Map("spec").Map("hard")).ToDictionary(h => h.Key, h => new Quantity(0, h.Value.Format));
        foreach (var registry in catalog.All.Where(r => r.Resource is { Namespaced: true, StoredAs: null } && Concerns(r.Resource, used.Keys)))
        {
            await registry.Cache.WaitForStoreAsync(cancellationToken);
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in registry.Cache.List(new ObjectSelector(registry.Resource, ns, null, null)).Items)
            {
                keys.Add(item.Key);
                Add(used, quota, registry.Resource, ObjectBytes.Parse(item.Json));
            }

            lock (_gate)
            {
                foreach (var (key, charge) in _charged)
                {
                    if (charge.Namespace != ns || charge.Resource != registry.Resource || charge.At < time.GetUtcNow() - InFlight || !keys.Add(key)) continue;
                    charge.Counted = true;
                    Add(used, quota, charge.Resource, charge.Object);
                }
            }
        }

        return used;
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

    /// <summary>An object on its way into the store.</summary>
    private sealed record Charge(DateTimeOffset At, string Namespace, ResourceDefinition Resource, JsonObject Object)
    {
        /// <summary>Whether it has been counted before it was there.</summary>
        public bool Counted { get; set; }
    }
}
