using System.Text.Json.Nodes;
using Minik8s.Api.Identity;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>The roles and bindings that every cluster has from the start, read from <c>default-policy.txt</c>.</summary>
internal sealed class DefaultPolicy
{
    public const string AutoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

    private const string ApiGroup = "rbac.authorization.k8s.io";
    private const string ControllerUser = "system:kube-controller-manager";

    private static readonly Dictionary<string, string[]> VerbSets = new()
    {
        ["read"] = ["get", "list", "watch"],
        ["write"] = ["create", "update", "patch", "delete", "deletecollection"],
        ["readwrite"] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
        ["readupdate"] = ["get", "list", "watch", "update", "patch"],
    };

    private readonly List<JsonObject> _objects = [];

    /// <summary>ClusterRoles, Roles, ClusterRoleBindings and RoleBindings; the rules of aggregated roles are filled in.</summary>
    public static IReadOnlyList<JsonObject> Load()
    {
        using var stream = typeof(DefaultPolicy).Assembly.GetManifestResourceStream("default-policy.txt") ?? throw new InvalidOperationException("the default policy is not in the assembly");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }

    /// <summary>The rules of one of the default ClusterRoles.</summary>
    public static PolicyRule[] RulesOf(string name) =>
        PolicyRule.Read(Load().Single(o => o["kind"]!.GetValue<string>() == "ClusterRole" && o["metadata"]!["name"]!.GetValue<string>() == name));

    /// <exception cref="FormatException">A line is not of the form that the file's head explains.</exception>
    public static IReadOnlyList<JsonObject> Parse(string text)
    {
        var policy = new DefaultPolicy();
        foreach (var line in text.Split('\n'))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == ' ') policy.AddRule(line.Trim());
            else policy.AddObject(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        policy.Aggregate();
        return policy._objects;
    }

    private void AddObject(string[] words)
    {
        switch (words)
        {
            case ["role", var name, .. var labels]:
                Add(name, "Role", labels)["rules"] = new JsonArray();
                break;
            case ["aggregate", var name, "from", var label, .. var labels]:
                var role = Add(name, "Role", labels);
                role["aggregationRule"] = new JsonObject { ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [label] = "true" } }) };
                role["rules"] = new JsonArray();
                break;
            case ["controller", var name]:
                var full = $"system:controller:{name}";
                Bind(full, full, [$"account:kube-system/{name}", $"user:{ControllerUser}"]);
                Add(full, "Role", [])["rules"] = new JsonArray();
                break;
            case ["bind", var name, "to", .. var subjects]:
                Bind(name, name, subjects);
                break;
            case ["bind", var name, var role1, "to", .. var subjects] when role1.StartsWith("role=", StringComparison.Ordinal):
                Bind(name, role1[5..], subjects);
                break;
            default:
                throw new FormatException($"the default policy has a line that says nothing: {string.Join(' ', words)}");
        }
    }

    private JsonObject Add(string qualified, string kind, string[] labels)
    {
        var (ns, name) = qualified.Split('/') is [var space, var own] ? (space, own) : ("", qualified);
        var metadata = new JsonObject
        {
            ["name"] = name,
            ["annotations"] = new JsonObject { [AutoUpdate] = "true" },
            ["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" },
        };
        if (ns.Length > 0) metadata["namespace"] = ns;
        foreach (var label in labels) metadata["labels"]![label[(label.IndexOf('=') + 1)..]] = "true";
        var obj = new JsonObject { ["apiVersion"] = $"{ApiGroup}/v1", ["kind"] = ns.Length == 0 ? $"Cluster{kind}" : kind, ["metadata"] = metadata };
        _objects.Add(obj);
        return obj;
    }

    private void Bind(string name, string role, string[] subjects)
    {
        var binding = Add(name, "RoleBinding", []);
        var local = name.Contains('/');
        binding["roleRef"] = new JsonObject { ["apiGroup"] = ApiGroup, ["kind"] = local ? "Role" : "ClusterRole", ["name"] = role[(role.IndexOf('/') + 1)..] };
        if (subjects.Length > 0) binding["subjects"] = new JsonArray([.. subjects.Select(Subject)]);
    }

    private static JsonObject Subject(string text)
    {
        var colon = text.IndexOf(':');
        var (kind, name) = (text[..colon], text[(colon + 1)..]);
        return kind switch
        {
            "user" => new() { ["kind"] = "User", ["apiGroup"] = ApiGroup, ["name"] = name },
            "group" => new() { ["kind"] = "Group", ["apiGroup"] = ApiGroup, ["name"] = name },
            "account" => new() { ["kind"] = "ServiceAccount", ["namespace"] = name[..name.IndexOf('/')], ["name"] = name[(name.IndexOf('/') + 1)..] },
            _ => throw new FormatException($"the default policy names a subject of an unknown kind: {text}"),
        };
    }

    private void AddRule(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries).Select(p => p.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var rule = parts switch
        {
            [["events"]] => new PolicyRule { Verbs = ["create", "update", "patch"], ApiGroups = ["", "events.k8s.io"], Resources = ["events"] },
            [var verbs, ["url"], var paths] => new PolicyRule { Verbs = Verbs(verbs), NonResourceUrls = paths },
            [var verbs, var groups, var resources] => new PolicyRule { Verbs = Verbs(verbs), ApiGroups = Groups(groups), Resources = resources },
            [var verbs, var groups, var resources, var names] => new PolicyRule { Verbs = Verbs(verbs), ApiGroups = Groups(groups), Resources = resources, ResourceNames = names },
            _ => throw new FormatException($"the default policy has a rule of another form: {line}"),
        };
        _objects[^1]["rules"]!.AsArray().Add((JsonNode)rule.ToJson());
    }

    private static string[] Verbs(string[] words) => [.. words.SelectMany(w => VerbSets.GetValueOrDefault(w, [w]))];

    private static string[] Groups(string[] words) => [.. words.Select(w => w == "core" ? "" : w)];

    /// <summary>Gives aggregated roles their rules, so that a first start needs no controller for them.</summary>
    private void Aggregate()
    {
        // They build on each other: view, edit, admin.
        foreach (var role in _objects.Where(o => o.ContainsKey("aggregationRule")).Reverse())
        {
            var label = role["aggregationRule"]!["clusterRoleSelectors"]![0]!["matchLabels"]!.AsObject().Single().Key;
            var rules = role["rules"]!.AsArray();
            var sources = _objects.Where(o => o != role && o["metadata"]!["labels"]!.AsObject().ContainsKey(label)).OrderBy(o => o["metadata"]!["name"]!.GetValue<string>(), StringComparer.Ordinal);
            foreach (var rule in sources.SelectMany(s => s["rules"]!.AsArray()))
            {
                if (!rules.Any(r => JsonNode.DeepEquals(r, rule))) rules.Add(rule!.DeepClone());
            }
        }
    }

    /// <summary>The resource that holds objects of this kind.</summary>
    public static GroupResource ResourceOf(JsonObject obj) => new(ApiGroup, obj["kind"]!.GetValue<string>().ToLowerInvariant() + "s");
}
