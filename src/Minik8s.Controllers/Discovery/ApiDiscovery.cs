using System.Text.Json;
using Minik8s.Client;

namespace Minik8s.Controllers.Discovery;

/// <summary>Finds out what the server serves, built-in and custom, by aggregated discovery: two requests, however many groups there are.</summary>
internal sealed class ApiDiscovery(KubeClient client)
{
    private const string Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    /// <summary>All resources in all versions, the preferred version of each group first; subresources are left out.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    public async Task<IReadOnlyList<ApiResource>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new List<ApiResource>();
        foreach (var root in new[] { "api", "apis" })
        {
            using var list = JsonDocument.Parse(await client.RequestAsync(HttpMethod.Get, root, accept: Accept, ct: cancellationToken));
            foreach (var group in Items(list.RootElement, "items"))
            {
                var name = group.GetProperty("metadata").TryGetProperty("name", out var given) ? given.GetString() ?? "" : "";
                var seen = new HashSet<string>();
                foreach (var version in Items(group, "versions"))
                {
                    foreach (var resource in Items(version, "resources")) found.Add(Read(name, version.GetProperty("version").GetString()!, resource, seen));
                }
            }
        }

        return found;
    }

    private static ApiResource Read(string group, string version, JsonElement resource, HashSet<string> seen)
    {
        var plural = resource.GetProperty("resource").GetString()!;
        var kind = resource.GetProperty("responseKind").GetProperty("kind").GetString()!;
        var names = new ResourceNames(group, version, kind, plural, resource.GetProperty("scope").GetString() == "Namespaced");
        return new ApiResource(names, seen.Add(plural), Items(resource, "verbs").Select(v => v.GetString()!).ToHashSet());
    }

    private static IEnumerable<JsonElement> Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];
}
