using System.Collections.Concurrent;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>The policies of the namespaces that have one, kept by the cache's events, so that a pod costs one look-up.</summary>
internal sealed class NamespacePolicies
{
    private readonly ConcurrentDictionary<string, NamespacePolicy> _policies = new(StringComparer.Ordinal);

    public NamespacePolicies(ResourceCache namespaces) => namespaces.Observe(Changed);

    public NamespacePolicy Of(string ns) => _policies.GetValueOrDefault(ns) ?? NamespacePolicy.Privileged;

    private void Changed(CacheEvent change)
    {
        var ns = change.Current;
        var policy = change.Type == CacheEventType.Deleted ? NamespacePolicy.Privileged : NamespacePolicy.Read(ns.Labels, []);
        if (policy == NamespacePolicy.Privileged) _policies.TryRemove(ns.Name, out _);
        else _policies[ns.Name] = policy;
    }
}
