using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Namespaces;

/// <summary>The five conditions by which a terminating namespace tells what it waits for.</summary>
internal static class NamespaceConditions
{
    /// <summary>Those that differ from the present ones, for a strategic merge patch.</summary>
    public static JsonArray Changed(IList<V1NamespaceCondition> present, NamespaceReport report, DateTimeOffset now)
    {
        var changed = new JsonArray();
        foreach (var (type, status, reason, message) in Desired(report))
        {
            var old = present.FirstOrDefault(c => c.Type == type);
            if (old is not null && old.Status == status && old.Reason == reason && old.Message == message) continue;
            var since = old is not null && old.Status == status && old.LastTransitionTime is { } time ? new DateTimeOffset(time, TimeSpan.Zero) : now;
            changed.Add((JsonNode)new JsonObject
            {
                ["type"] = type,
                ["status"] = status,
                ["reason"] = reason,
                ["message"] = message,
                ["lastTransitionTime"] = KubeJson.Time(since),
            });
        }

        return changed;
    }

    private static IEnumerable<(string Type, string Status, string Reason, string Message)> Desired(NamespaceReport report)
    {
        yield return report.DiscoveryErrors.Count == 0
            ? ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered")
            : ("NamespaceDeletionDiscoveryFailure", "True", "DiscoveryFailed",
                string.Create(CultureInfo.InvariantCulture, $"Discovery failed for some groups, {report.DiscoveryErrors.Count} failing: {Joined(report.DiscoveryErrors)}"));
        yield return ("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed");
        yield return report.Errors.Count == 0
            ? ("NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization")
            : ("NamespaceDeletionContentFailure", "True", "ContentDeletionFailed",
                string.Create(CultureInfo.InvariantCulture, $"Failed to delete all resource types, {report.Errors.Count} remaining: {Joined(report.Errors)}"));
        yield return report.Remaining.Count == 0
            ? ("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed")
            : ("NamespaceContentRemaining", "True", "SomeResourcesRemain",
                "Some resources are remaining: " + string.Join(", ", report.Remaining.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key} has {r.Value} resource instances"))));
        yield return report.Finalizers.Count == 0
            ? ("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished")
            : ("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
                "Some content in the namespace has finalizers remaining: " + string.Join(", ", report.Finalizers.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} in {f.Value} resource instances"))));
    }

    private static string Joined(IEnumerable<string> messages) => string.Join(", ", messages.Order(StringComparer.Ordinal));
}
