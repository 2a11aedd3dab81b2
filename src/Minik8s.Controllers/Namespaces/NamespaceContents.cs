using System.Text.Json;
using Microsoft.Extensions.Logging;
using Minik8s.Api;
using Minik8s.Client;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Namespaces;

/// <summary>Finds and deletes whatever a namespace holds, of kinds known and unknown: discovery says what there may be.</summary>
internal sealed class NamespaceContents(KubeClient client, ILogger logger)
{
    private static readonly TimeSpan FinalizerEstimate = TimeSpan.FromSeconds(15);

    /// <summary>Deletes everything, pods before the rest (KEP-5080), and reports what is still there.</summary>
    public async Task<NamespaceReport> DeleteAsync(string ns, CancellationToken cancellationToken)
    {
        var report = new NamespaceReport();
        var resources = await DiscoverAsync(report, cancellationToken);
        foreach (var resource in resources.Where(r => r.IsPods)) await DeleteAsync(ns, resource, report, cancellationToken);
        if (report.RemainingObjects > 0) return report;
        foreach (var resource in resources.Where(r => !r.IsPods)) await DeleteAsync(ns, resource, report, cancellationToken);
        return report;
    }

    private async Task DeleteAsync(string ns, NamespacedResource resource, NamespaceReport report, CancellationToken cancellationToken)
    {
        try
        {
            // Most namespaces hold few kinds: looking first costs less than a deletion, and admission runs only where there is something.
            if (await ListAsync(ns, resource, null, cancellationToken) is { Count: > 0 } present)
            {
                if (!resource.CanDeleteCollection || !await TryDeleteCollectionAsync(ns, resource, cancellationToken))
                {
                    foreach (var name in present) await DeleteOneAsync(ns, resource, name, cancellationToken);
                }

                await ListAsync(ns, resource, report, cancellationToken);
            }
        }
        catch (ApiException e) when (e.IsNotFound || e.Code == 405)
        {
            // The kind went away (its CustomResourceDefinition was deleted), and its objects with it.
        }
        catch (ApiException e)
        {
            ControllersLog.NamespaceContent(logger, ns, resource.DisplayName, e.Message);
            report.Errors.Add(e.Message);
        }
    }

    private async Task<bool> TryDeleteCollectionAsync(string ns, NamespacedResource resource, CancellationToken cancellationToken)
    {
        try
        {
            await client.RequestAsync(HttpMethod.Delete, resource.Path(ns), ct: cancellationToken);
            return true;
        }
        catch (ApiException e) when (e.Code is 404 or 405)
        {
            return false;
        }
    }

    private async Task DeleteOneAsync(string ns, NamespacedResource resource, string name, CancellationToken cancellationToken)
    {
        try
        {
            await client.RequestAsync(HttpMethod.Delete, $"{resource.Path(ns)}/{Uri.EscapeDataString(name)}", ct: cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // Someone was quicker.
        }
    }

    private async Task<List<string>> ListAsync(string ns, NamespacedResource resource, NamespaceReport? report, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        string? next = null;
        do
        {
            var query = next is null ? "?limit=500" : $"?limit=500&continue={Uri.EscapeDataString(next)}";
            using var page = ObjectJson.Document(await client.RequestAsync(HttpMethod.Get, resource.Path(ns) + query, ct: cancellationToken));
            if (page.RootElement.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in items.EnumerateArray())
                {
                    var metadata = item.GetProperty("metadata");
                    names.Add(metadata.GetProperty("name").GetString()!);
                    if (report is not null) Count(resource, metadata, report);
                }
            }

            next = page.RootElement.GetProperty("metadata").TryGetProperty("continue", out var token) ? token.GetString() : null;
        }
        while (!string.IsNullOrEmpty(next));
        return names;
    }

    private static void Count(NamespacedResource resource, JsonElement metadata, NamespaceReport report)
    {
        report.Remaining[resource.DisplayName] = report.Remaining.GetValueOrDefault(resource.DisplayName) + 1;
        var wait = TimeSpan.FromSeconds(1);
        if (metadata.TryGetProperty("finalizers", out var finalizers) && finalizers.ValueKind == JsonValueKind.Array)
        {
            foreach (var finalizer in finalizers.EnumerateArray())
            {
                var name = finalizer.GetString()!;
                report.Finalizers[name] = report.Finalizers.GetValueOrDefault(name) + 1;
                wait = FinalizerEstimate;
            }
        }

        // Pods get their grace period; what ends earlier is heard of by an event.
        if (resource.IsPods && metadata.TryGetProperty("deletionGracePeriodSeconds", out var grace) && grace.TryGetInt64(out var seconds))
        {
            wait = TimeSpan.FromSeconds(Math.Clamp(seconds / 2 + 1, 1, 60));
        }

        if (wait > report.NextLook) report.NextLook = wait;
    }

    private async Task<List<NamespacedResource>> DiscoverAsync(NamespaceReport report, CancellationToken cancellationToken)
    {
        var found = new List<NamespacedResource>();
        await DiscoverAsync("", "api/v1", found, report, cancellationToken);
        using var groups = ObjectJson.Document(await client.RequestAsync(HttpMethod.Get, "apis", ct: cancellationToken));
        foreach (var group in groups.RootElement.GetProperty("groups").EnumerateArray())
        {
            var name = group.GetProperty("name").GetString()!;
            var version = group.GetProperty("preferredVersion").GetProperty("groupVersion").GetString()!;
            await DiscoverAsync(name, $"apis/{version}", found, report, cancellationToken);
        }

        return found;
    }

    private async Task DiscoverAsync(string group, string root, List<NamespacedResource> found, NamespaceReport report, CancellationToken cancellationToken)
    {
        try
        {
            using var list = ObjectJson.Document(await client.RequestAsync(HttpMethod.Get, root, ct: cancellationToken));
            foreach (var resource in list.RootElement.GetProperty("resources").EnumerateArray())
            {
                var plural = resource.GetProperty("name").GetString()!;
                var verbs = resource.GetProperty("verbs").EnumerateArray().Select(v => v.GetString()).ToList();
                if (plural.Contains('/') || !resource.GetProperty("namespaced").GetBoolean() || !verbs.Contains("delete") || !verbs.Contains("list")) continue;
                found.Add(new NamespacedResource(group, plural, root, verbs.Contains("deletecollection")));
            }
        }
        catch (ApiException e)
        {
            report.DiscoveryErrors.Add($"{root}: {e.Message}");
        }
    }
}
