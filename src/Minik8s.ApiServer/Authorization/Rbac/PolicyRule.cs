using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>One rule of a role (rbac/v1 PolicyRule): verbs on resources, or on paths.</summary>
public sealed record PolicyRule
{
    private const string All = "*";

    public string[] Verbs { get; init; } = [];

    public string[] ApiGroups { get; init; } = [];

    /// <summary>Plural names, with a subresource after a slash; <c>*/scale</c> is that subresource of everything.</summary>
    public string[] Resources { get; init; } = [];

    /// <summary>The objects that the rule is limited to; empty: all of them.</summary>
    public string[] ResourceNames { get; init; } = [];

    public string[] NonResourceUrls { get; init; } = [];

    /// <summary>Everything, everywhere.</summary>
    public static PolicyRule[] FullAuthority { get; } =
    [
        new() { Verbs = [All], ApiGroups = [All], Resources = [All] },
        new() { Verbs = [All], NonResourceUrls = [All] },
    ];

    /// <summary>The rules of a Role or ClusterRole as JSON.</summary>
    public static PolicyRule[] Read(JsonElement role) =>
        role.TryGetProperty("rules", out var rules) && rules.ValueKind == JsonValueKind.Array ? [.. rules.EnumerateArray().Select(ReadOne)] : [];

    /// <summary>The rules of a Role or ClusterRole on its way into the store.</summary>
    public static PolicyRule[] Read(JsonObject role) =>
        [.. role.Items("rules").Select(r => new PolicyRule
        {
            Verbs = Texts(r, "verbs"),
            ApiGroups = Texts(r, "apiGroups"),
            Resources = Texts(r, "resources"),
            ResourceNames = Texts(r, "resourceNames"),
            NonResourceUrls = Texts(r, "nonResourceURLs"),
        })];

    public bool Allows(RequestInfo request)
    {
        if (!Has(Verbs, request.Verb)) return false;
        if (!request.IsResource) return AllowsPath(request.Path);
        return Has(ApiGroups, request.Group) && AllowsResource(request.Resource, request.Subresource) && (ResourceNames.Length == 0 || Array.IndexOf(ResourceNames, request.AuthorizedName) >= 0);
    }

    /// <summary>Whether this rule grants at least what a rule of one verb, group, resource, name or path does.</summary>
    public bool Covers(PolicyRule single)
    {
        if (!single.Verbs.All(v => Has(Verbs, v))) return false;
        if (single.NonResourceUrls.Length > 0) return single.NonResourceUrls.All(CoversPath);
        if (!single.ApiGroups.All(g => Has(ApiGroups, g)) || !single.Resources.All(CoversResource)) return false;
        return ResourceNames.Length == 0 || single.ResourceNames.Length > 0 && single.ResourceNames.All(n => Array.IndexOf(ResourceNames, n) >= 0);
    }

    /// <summary>The same grants as rules of one verb on one resource, object or path each.</summary>
    public IEnumerable<PolicyRule> Split()
    {
        foreach (var verb in Verbs)
        {
            foreach (var path in NonResourceUrls) yield return new() { Verbs = [verb], NonResourceUrls = [path] };
            foreach (var group in ApiGroups)
            {
                foreach (var resource in Resources)
                {
                    var one = new PolicyRule { Verbs = [verb], ApiGroups = [group], Resources = [resource] };
                    if (ResourceNames.Length == 0) yield return one;
                    foreach (var name in ResourceNames) yield return one with { ResourceNames = [name] };
                }
            }
        }
    }

    public JsonObject ToJson()
    {
        var rule = new JsonObject();
        Put(rule, "verbs", Verbs);
        Put(rule, "apiGroups", ApiGroups);
        Put(rule, "resources", Resources);
        Put(rule, "resourceNames", ResourceNames);
        Put(rule, "nonResourceURLs", NonResourceUrls);
        return rule;
    }

    /// <summary>As messages about escalation show a rule (Kubernetes' CompactString).</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        void Add(string name, string[] values)
        {
            if (values.Length > 0) parts.Add($"{name}:{GoText.Quote(values)}");
        }

        Add("APIGroups", ApiGroups);
        Add("Resources", Resources);
        Add("NonResourceURLs", NonResourceUrls);
        Add("ResourceNames", ResourceNames);
        Add("Verbs", Verbs);
        return $"{{{string.Join(", ", parts)}}}";
    }

    private bool AllowsResource(string resource, string subresource)
    {
        foreach (var rule in Resources)
        {
            if (rule == All) return true;
            if (subresource.Length == 0)
            {
                if (rule == resource) return true;
                continue;
            }

            var slash = rule.IndexOf('/');
            if (slash < 0 || !rule.AsSpan(slash + 1).SequenceEqual(subresource)) continue;
            if (rule.AsSpan(0, slash).SequenceEqual(resource) || (slash == 1 && rule[0] == '*')) return true;
        }

        return false;
    }

    private bool AllowsPath(string path)
    {
        foreach (var rule in NonResourceUrls)
        {
            if (rule == All || rule == path || rule.EndsWith('*') && path.StartsWith(rule.TrimEnd('*'), StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private bool CoversResource(string resource)
    {
        if (Has(Resources, resource)) return true;
        var slash = resource.IndexOf('/');
        return slash >= 0 && Array.IndexOf(Resources, "*" + resource[slash..]) >= 0;
    }

    private bool CoversPath(string path) =>
        NonResourceUrls.Any(rule => rule == All || rule == path || rule.EndsWith('*') && path.StartsWith(rule.TrimEnd('*'), StringComparison.Ordinal));

    private static bool Has(string[] values, string value) => Array.IndexOf(values, value) >= 0 || Array.IndexOf(values, All) >= 0;

    private static PolicyRule ReadOne(JsonElement rule) => new()
    {
        Verbs = Texts(rule, "verbs"),
        ApiGroups = Texts(rule, "apiGroups"),
        Resources = Texts(rule, "resources"),
        ResourceNames = Texts(rule, "resourceNames"),
        NonResourceUrls = Texts(rule, "nonResourceURLs"),
    };

    private static string[] Texts(JsonElement rule, string name) =>
        rule.TryGetProperty(name, out var values) && values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray().Select(v => string.Intern(v.GetString() ?? ""))] : [];

    private static string[] Texts(JsonObject rule, string name) => rule[name] is JsonArray values ? [.. values.Select(v => v.Text() ?? "")] : [];

    private static void Put(JsonObject rule, string name, string[] values)
    {
        if (values.Length > 0) rule[name] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
    }
}
