using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>
/// Makes the default roles and bindings, and adds to those that are there what they lack; what an administrator has added stays. An object whose annotation
/// <c>rbac.authorization.kubernetes.io/autoupdate</c> is <c>false</c> is left alone (Kubernetes' RBAC reconciliation at start).
/// </summary>
internal sealed class PolicyReconciler(RegistryCatalog catalog)
{
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        // All at once: the store then commits them together.
        await Task.WhenAll(DefaultPolicy.Load().Select(o => EnsureAsync(o, cancellationToken)));
        foreach (var plural in new[] { "roles", "clusterroles", "rolebindings", "clusterrolebindings" })
        {
            await catalog.Get(new("rbac.authorization.k8s.io", plural)).Cache.WaitForStoreAsync(cancellationToken);
        }
    }

    private async Task EnsureAsync(JsonObject wanted, CancellationToken cancellationToken)
    {
        var registry = catalog.Get(DefaultPolicy.ResourceOf(wanted));
        var metadata = wanted.Map("metadata");
        var (ns, name) = (metadata.Text("namespace") ?? "", metadata.Text("name")!);
        if (registry.Cache.Find(registry.KeyOf(ns, name)) is { } present)
        {
            var old = ObjectBytes.Parse(present.Json);
            if (old.Map("metadata").Map("annotations").Text(DefaultPolicy.AutoUpdate) == "false") return;
            if (!JsonNode.DeepEquals(old.Map("roleRef"), wanted.Map("roleRef")))
            {
                // What a binding grants cannot be changed, so a binding of another role is replaced.
                await registry.DeleteAsync(ns, name, new DeleteOptions(), cancellationToken);
            }
            else if (Merge(old.DeepClone().AsObject(), wanted) is var merged && !JsonNode.DeepEquals(merged, old))
            {
                await registry.UpdateAsync(ns, name, "", now => Merge(now, wanted), Options, cancellationToken);
                return;
            }
            else
            {
                return;
            }
        }

        try
        {
            await registry.CreateAsync(ns, wanted, Options, cancellationToken);
        }
        catch (StatusException e) when (e.Reason == StatusReason.AlreadyExists)
        {
            // Another server of the cluster was quicker.
        }
    }

    /// <summary>Adds to an object what the default has and it has not.</summary>
    internal static JsonObject Merge(JsonObject present, JsonObject wanted)
    {
        foreach (var field in new[] { "labels", "annotations" })
        {
            foreach (var (key, value) in wanted.Map("metadata").Map(field) ?? []) present.Ensure("metadata").Ensure(field).Default(key, value!.DeepClone());
        }

        if (wanted.Map("aggregationRule") is { } aggregation)
        {
            // The rules of an aggregated role are its controller's.
            AddMissing(present.Ensure("aggregationRule"), aggregation, "clusterRoleSelectors");
            return present;
        }

        AddMissing(present, wanted, "subjects");
        var held = PolicyRule.Read(present);
        foreach (var rule in PolicyRule.Read(wanted).Where(r => !r.Split().All(single => held.Any(h => h.Covers(single))))) List(present, "rules").Add((JsonNode)rule.ToJson());
        return present;
    }

    private static void AddMissing(JsonObject present, JsonObject wanted, string field)
    {
        foreach (var item in wanted.Items(field))
        {
            if (!present.Items(field).Any(p => JsonNode.DeepEquals(p, item))) List(present, field).Add(item.DeepClone());
        }
    }

    private static JsonArray List(JsonObject obj, string field)
    {
        if (obj[field] is JsonArray list) return list;
        var made = new JsonArray();
        obj[field] = made;
        return made;
    }

    private static WriteOptions Options => new() { Warn = _ => { } };
}
