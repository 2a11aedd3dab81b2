using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Quantities;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Quota;

/// <summary>What an object counts for in a ResourceQuota (Kubernetes' quota evaluators).</summary>
internal static class QuotaUsage
{
    private static readonly string[] LegacyNames = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas"];

    private static readonly Quantity One = new(1, QuantityFormat.DecimalSI);

    /// <summary>The amounts by the quota's resource names; empty for what is over (a pod that has ended).</summary>
    public static Dictionary<string, Quantity> Of(ResourceDefinition resource, JsonObject obj)
    {
        var usage = new Dictionary<string, Quantity>(StringComparer.Ordinal) { [CountName(resource)] = One };
        switch (resource.Kind)
        {
            case { Group: "", Kind: "Pod" }:
                if (obj.Map("status").Text("phase") is "Failed" or "Succeeded") return [];
                AddPod(obj, usage);
                break;
            case { Group: "", Kind: "Service" }:
                AddService(obj, usage);
                break;
            case { Group: "", Kind: "PersistentVolumeClaim" }:
                AddClaim(obj, usage);
                break;
            case { Group: "" } when LegacyNames.Contains(resource.Plural):
                usage[resource.Plural] = One;
                break;
        }

        return usage;
    }

    /// <summary>The name under which objects of a resource are counted.</summary>
    public static string CountName(ResourceDefinition resource) => resource.Kind.Group.Length == 0 ? $"count/{resource.Plural}" : $"count/{resource.Plural}.{resource.Kind.Group}";

    /// <summary>The containers that do not say how much of something they ask for that the quota limits: by the quota's resource names.</summary>
    public static SortedDictionary<string, List<string>> Unstated(JsonObject pod, IEnumerable<string> limited)
    {
        var missing = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var name in limited)
        {
            var (field, resource) = name switch
            {
                "cpu" or "memory" => ("requests", name),
                "requests.cpu" or "requests.memory" => ("requests", name["requests.".Length..]),
                "limits.cpu" or "limits.memory" => ("limits", name["limits.".Length..]),
                _ => ("", ""),
            };
            if (field.Length == 0) continue;
            var containers = pod.Map("spec").Items("containers").Concat(pod.Map("spec").Items("initContainers")).Where(c => c.Map("resources").Map(field)?[resource] is null).Select(c => c.Text("name") ?? "").ToList();
            if (containers.Count > 0) missing[name] = containers;
        }

        return missing;
    }

    private static void AddPod(JsonObject pod, Dictionary<string, Quantity> usage)
    {
        usage["pods"] = One;
        var spec = pod.Map("spec");
        foreach (var (resource, amount) in Total(spec, "requests"))
        {
            usage[$"requests.{resource}"] = amount;
            if (resource is "cpu" or "memory" or "ephemeral-storage" || resource.StartsWith("hugepages-", StringComparison.Ordinal)) usage[resource] = amount;
        }

        foreach (var (resource, amount) in Total(spec, "limits")) usage[$"limits.{resource}"] = amount;
    }

    private static Dictionary<string, Quantity> Total(JsonObject? spec, string field)
    {
        var sum = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var container in spec.Items("containers")) Add(sum, container.Map("resources").Map(field));
        foreach (var container in spec.Items("initContainers"))
        {
            foreach (var (resource, amount) in Read(container.Map("resources").Map(field)))
            {
                if (!sum.TryGetValue(resource, out var present) || amount > present) sum[resource] = amount;
            }
        }

        Add(sum, spec.Map("overhead"));
        return sum;
    }

    private static void AddService(JsonObject service, Dictionary<string, Quantity> usage)
    {
        usage["services"] = One;
        var type = service.Map("spec").Text("type");
        if (type == "LoadBalancer") usage["services.loadbalancers"] = One;
        if (type is "NodePort" || type == "LoadBalancer" && service.Map("spec")?["allocateLoadBalancerNodePorts"].Flag() != false)
        {
            usage["services.nodeports"] = new(service.Map("spec").Items("ports").Count(), QuantityFormat.DecimalSI);
        }
    }

    private static void AddClaim(JsonObject claim, Dictionary<string, Quantity> usage)
    {
        usage["persistentvolumeclaims"] = One;
        var spec = claim.Map("spec");
        var storage = Read(spec.Map("resources").Map("requests")).GetValueOrDefault("storage");
        usage["requests.storage"] = storage;
        if (spec.Text("storageClassName") is not { Length: > 0 } name) return;
        usage[$"{name}.storageclass.storage.k8s.io/persistentvolumeclaims"] = One;
        usage[$"{name}.storageclass.storage.k8s.io/requests.storage"] = storage;
    }

    private static void Add(Dictionary<string, Quantity> sum, JsonObject? amounts)
    {
        foreach (var (resource, amount) in Read(amounts)) sum[resource] = sum.TryGetValue(resource, out var present) ? present + amount : amount;
    }

    /// <summary>Amounts by resource.</summary>
    public static Dictionary<string, Quantity> Read(JsonObject? map)
    {
        var amounts = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var (resource, value) in map ?? [])
        {
            if (Quantity.TryParse(value.Text() ?? "", out var amount)) amounts[resource] = amount;
        }

        return amounts;
    }
}
