using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Quota;

/// <summary>Which objects a quota with scopes is about.</summary>
internal static class QuotaScopes
{
    /// <summary>Whether the quota counts the object. Scopes are about pods: a quota with scopes counts nothing else.</summary>
    public static bool Covers(JsonObject quota, ResourceDefinition resource, JsonObject obj)
    {
        var spec = quota.Map("spec");
        var terms = (spec?["scopes"] as JsonArray ?? []).Select(s => (Scope: s.Text() ?? "", Operator: "Exists", Values: new List<string>()))
            .Concat(spec.Map("scopeSelector").Items("matchExpressions").Select(e => (Scope: e.Text("scopeName") ?? "", Operator: e.Text("operator") ?? "", Values: (e["values"] as JsonArray ?? []).Select(v => v.Text() ?? "").ToList())))
            .ToList();
        if (terms.Count == 0) return true;
        return resource.Kind is { Group: "", Kind: "Pod" } && terms.All(t => Matches(t.Scope, t.Operator, t.Values, obj));
    }

    private static bool Matches(string scope, string op, List<string> values, JsonObject pod)
    {
        var spec = pod.Map("spec");
        switch (scope)
        {
            case "Terminating":
                return spec.Number("activeDeadlineSeconds") >= 0;
            case "NotTerminating":
                return spec.Number("activeDeadlineSeconds") is null;
            case "BestEffort":
                return pod.Map("status").Text("qosClass") == "BestEffort";
            case "NotBestEffort":
                return pod.Map("status").Text("qosClass") != "BestEffort";
            case "CrossNamespacePodAffinity":
                return UsesOtherNamespaces(spec);
            case "PriorityClass":
                var name = spec.Text("priorityClassName") ?? "";
                return op switch
                {
                    "In" => values.Contains(name),
                    "NotIn" => !values.Contains(name),
                    "DoesNotExist" => name.Length == 0,
                    _ => name.Length > 0,
                };
            default:
                return false;
        }
    }

    private static bool UsesOtherNamespaces(JsonObject? spec)
    {
        foreach (var kind in new[] { "podAffinity", "podAntiAffinity" })
        {
            var affinity = spec.Map("affinity").Map(kind);
            var terms = affinity.Items("requiredDuringSchedulingIgnoredDuringExecution").Concat(affinity.Items("preferredDuringSchedulingIgnoredDuringExecution").Select(p => p.Map("podAffinityTerm")).OfType<JsonObject>());
            if (terms.Any(t => t["namespaces"] is JsonArray { Count: > 0 } || t.Map("namespaceSelector") is not null)) return true;
        }

        return false;
    }
}
