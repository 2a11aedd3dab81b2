using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Http;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Discovery;

/// <summary>Tells clients which groups, versions and resources there are, one by one or all at once (aggregated discovery).</summary>
internal sealed class DiscoveryHandler(RegistryCatalog catalog, ApiServerOptions options)
{
    /// <summary>Answers if the path is one of discovery's.</summary>
    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var aggregated = Negotiation.AggregatedDiscovery(context.Request.Headers.Accept.ToString());
        switch (parts)
        {
            case ["api"] when aggregated is not null:
                await AggregatedAsync(context, aggregated, core: true);
                return true;
            case ["apis"] when aggregated is not null:
                await AggregatedAsync(context, aggregated, core: false);
                return true;
            case ["api"]:
                await WriteAsync(context, WriteCoreVersions);
                return true;
            case ["apis"]:
                await WriteAsync(context, WriteGroups);
                return true;
            case ["apis", var name] when name.Length > 0 && catalog.Group(name) is { } group:
                await WriteAsync(context, json => WriteGroup(json, group, true));
                return true;
            case ["api", "v1"]:
                await WriteAsync(context, json => WriteResources(json, Version("", "v1")!));
                return true;
            case ["apis", var name, var version] when Version(name, version) is { } served:
                await WriteAsync(context, json => WriteResources(json, served));
                return true;
            case ["version"]:
                await WriteAsync(context, options.Version.WriteTo);
                return true;
            default:
                return false;
        }
    }

    private static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, string contentType = "application/json", bool tagged = false)
    {
        if (context.Request.Method is not ("GET" or "HEAD")) throw new StatusException(405, StatusReason.MethodNotAllowed, "the server does not allow this method on the requested resource");
        var buffer = new ArrayBufferWriter<byte>(8192);
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        if (!tagged) return Respond.BytesAsync(context, 200, contentType, buffer.WrittenMemory);
        var tag = $"\"{Convert.ToHexString(SHA512.HashData(buffer.WrittenSpan))}\"";
        context.Response.Headers.ETag = tag;
        if (!context.Request.Headers.IfNoneMatch.Contains(tag)) return Respond.BytesAsync(context, 200, contentType, buffer.WrittenMemory);
        context.Response.StatusCode = 304;
        return Task.CompletedTask;
    }

    private ServedVersion? Version(string group, string version) => catalog.Group(group)?.Versions.FirstOrDefault(v => v.Version == version);

    private void WriteCoreVersions(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("kind", "APIVersions");
        json.WriteStartArray("versions");
        json.WriteStringValue("v1");
        json.WriteEndArray();
        json.WriteStartArray("serverAddressByClientCIDRs");
        json.WriteStartObject();
        json.WriteString("clientCIDR", "0.0.0.0/0");
        json.WriteString("serverAddress", $"{options.AdvertiseAddress}:{options.Port}");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteGroups(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("kind", "APIGroupList");
        json.WriteString("apiVersion", "v1");
        json.WriteStartArray("groups");
        foreach (var group in catalog.Groups.Where(g => g.Name.Length > 0)) WriteGroup(json, group, false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteGroup(Utf8JsonWriter json, ServedGroup group, bool alone)
    {
        json.WriteStartObject();
        if (alone)
        {
            json.WriteString("kind", "APIGroup");
            json.WriteString("apiVersion", "v1");
        }

        json.WriteString("name", group.Name);
        json.WriteStartArray("versions");
        foreach (var version in group.Versions) WriteVersion(json, version);
        json.WriteEndArray();
        json.WritePropertyName("preferredVersion");
        WriteVersion(json, group.Versions[0]);
        json.WriteEndObject();
    }

    private static void WriteVersion(Utf8JsonWriter json, ServedVersion version)
    {
        json.WriteStartObject();
        json.WriteString("groupVersion", $"{version.Group}/{version.Version}");
        json.WriteString("version", version.Version);
        json.WriteEndObject();
    }

    private static void WriteResources(Utf8JsonWriter json, ServedVersion served)
    {
        var (group, version) = (served.Group, served.Version);
        json.WriteStartObject();
        json.WriteString("kind", "APIResourceList");
        if (group.Length > 0) json.WriteString("apiVersion", "v1");
        json.WriteString("groupVersion", group.Length == 0 ? version : $"{group}/{version}");
        json.WriteStartArray("resources");
        foreach (var resource in served.Resources)
        {
            WriteResource(json, resource, resource.Plural, resource.Singular, resource.Kind, resource.Verbs, resource.ShortNames, resource.Categories);
            foreach (var sub in resource.Subresources)
            {
                WriteResource(json, resource, $"{resource.Plural}/{sub.Name}", "", sub.Kind ?? resource.Kind, sub.Verbs, [], []);
            }
        }

        if (group.Length == 0) WriteBindings(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBindings(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", "bindings");
        json.WriteString("singularName", "binding");
        json.WriteBoolean("namespaced", true);
        json.WriteString("kind", "Binding");
        Strings(json, "verbs", ["create"]);
        json.WriteEndObject();
    }

    private static void WriteResource(
        Utf8JsonWriter json, ResourceDefinition resource, string name, string singular, GroupVersionKind kind, IReadOnlyList<string> verbs, IReadOnlyList<string> shortNames, IReadOnlyList<string> categories)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("singularName", singular);
        json.WriteBoolean("namespaced", resource.Namespaced);
        // Named only where they are others than the list's.
        if ((kind.Group, kind.Version) != (resource.Kind.Group, resource.Kind.Version))
        {
            if (kind.Group.Length > 0) json.WriteString("group", kind.Group);
            json.WriteString("version", kind.Version);
        }

        json.WriteString("kind", kind.Kind);
        Strings(json, "verbs", verbs);
        if (shortNames.Count > 0) Strings(json, "shortNames", shortNames);
        if (categories.Count > 0) Strings(json, "categories", categories);
        json.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private Task AggregatedAsync(HttpContext context, string version, bool core) => WriteAsync(
        context,
        json =>
        {
            json.WriteStartObject();
            json.WriteString("kind", "APIGroupDiscoveryList");
            json.WriteString("apiVersion", $"apidiscovery.k8s.io/{version}");
            json.WriteStartObject("metadata");
            json.WriteEndObject();
            json.WriteStartArray("items");
            foreach (var group in catalog.Groups.Where(g => (g.Name.Length == 0) == core)) WriteAggregatedGroup(json, group);
            json.WriteEndArray();
            json.WriteEndObject();
        },
        $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList",
        tagged: true);

    private static void WriteAggregatedGroup(Utf8JsonWriter json, ServedGroup group)
    {
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        if (group.Name.Length > 0) json.WriteString("name", group.Name);
        json.WriteNull("creationTimestamp");
        json.WriteEndObject();
        json.WriteStartArray("versions");
        foreach (var version in group.Versions)
        {
            json.WriteStartObject();
            json.WriteString("version", version.Version);
            json.WriteStartArray("resources");
            foreach (var resource in version.Resources) WriteAggregatedResource(json, resource);
            json.WriteEndArray();
            json.WriteString("freshness", "Current");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAggregatedResource(Utf8JsonWriter json, ResourceDefinition resource)
    {
        json.WriteStartObject();
        json.WriteString("resource", resource.Plural);
        WriteKind(json, resource, resource.Kind);
        json.WriteString("scope", resource.Namespaced ? "Namespaced" : "Cluster");
        json.WriteString("singularResource", resource.Singular);
        Strings(json, "verbs", resource.Verbs);
        if (resource.ShortNames.Count > 0) Strings(json, "shortNames", resource.ShortNames);
        if (resource.Categories.Count > 0) Strings(json, "categories", resource.Categories);
        if (resource.Subresources.Count > 0)
        {
            json.WriteStartArray("subresources");
            foreach (var sub in resource.Subresources)
            {
                json.WriteStartObject();
                json.WriteString("subresource", sub.Name);
                WriteKind(json, resource, sub.Kind ?? resource.Kind);
                Strings(json, "verbs", sub.Verbs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteKind(Utf8JsonWriter json, ResourceDefinition resource, GroupVersionKind kind)
    {
        var own = (kind.Group, kind.Version) == (resource.Kind.Group, resource.Kind.Version);
        json.WriteStartObject("responseKind");
        json.WriteString("group", own ? "" : kind.Group);
        json.WriteString("version", own ? "" : kind.Version);
        json.WriteString("kind", kind.Kind);
        json.WriteEndObject();
    }
}
