using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization;

/// <summary>Fixed rules, in the form of RBAC's: what the components of the cluster and its administrators may do.</summary>
public sealed class RuleAuthorizer : IAuthorizer
{
    private static readonly PolicyRule Discovery = new() { Verbs = ["get"], Paths = ["/api", "/api/*", "/apis", "/apis/*", "/openapi/*", "/version", "/version/", "/healthz", "/livez", "/readyz", "/healthz/*", "/livez/*", "/readyz/*"] };
    private static readonly PolicyRule Health = new() { Verbs = ["get"], Paths = ["/healthz", "/livez", "/readyz", "/version", "/version/"] };
    private static readonly PolicyRule Events = new() { Verbs = ["create", "patch", "update"], Resources = ["events"] };
    private static readonly PolicyRule Leases = new() { Verbs = ["create", "get", "list", "patch", "update", "watch"], Resources = ["leases"] };

    private static readonly Dictionary<string, PolicyRule[]> ByUser = new()
    {
        ["system:kube-scheduler"] =
        [
            new() { Verbs = ["get", "list", "watch"], Resources = ["*"] },
            new() { Verbs = ["create"], Resources = ["pods/binding", "bindings"] },
            new() { Verbs = ["patch", "update"], Resources = ["pods/status"] },
            new() { Verbs = ["delete"], Resources = ["pods"] },
            Events, Leases,
        ],
        ["system:kube-controller-manager"] =
        [
            new() { Verbs = ["*"], Resources = ["*"] },
        ],
        ["system:kube-proxy"] =
        [
            new() { Verbs = ["get", "list", "watch"], Resources = ["nodes", "services", "endpoints", "endpointslices"] },
            Events,
        ],
    };

    private static readonly Dictionary<string, PolicyRule[]> ByGroup = new()
    {
        ["system:masters"] = [new() { Verbs = ["*"], Resources = ["*"], Paths = ["*"] }],
        ["system:authenticated"] = [Discovery],
        ["system:unauthenticated"] = [Health],
        ["system:nodes"] =
        [
            new() { Verbs = ["get", "list", "watch"], Resources = ["pods", "nodes", "services", "endpoints", "endpointslices", "configmaps", "secrets", "serviceaccounts", "namespaces", "persistentvolumes", "persistentvolumeclaims"] },
            new() { Verbs = ["create", "patch", "update"], Resources = ["nodes", "nodes/status", "pods/status"] },
            new() { Verbs = ["delete"], Resources = ["pods"] },
            new() { Verbs = ["create"], Resources = ["serviceaccounts/token"] },
            Events, Leases,
        ],
    };

    public bool Allows(UserInfo user, RequestInfo request) =>
        Any(ByUser.GetValueOrDefault(user.Name), request) || user.Groups.Any(g => Any(ByGroup.GetValueOrDefault(g), request));

    private static bool Any(PolicyRule[]? rules, RequestInfo request) => rules?.Any(r => r.Allows(request)) ?? false;

    private sealed record PolicyRule
    {
        public required string[] Verbs { get; init; }

        public string[] Resources { get; init; } = [];

        public string[] Paths { get; init; } = [];

        public bool Allows(RequestInfo request)
        {
            if (!Verbs.Contains("*") && !Verbs.Contains(request.Verb)) return false;
            if (!request.IsResource) return Paths.Any(p => p.EndsWith('*') ? request.Path.StartsWith(p[..^1], StringComparison.Ordinal) : p == request.Path);
            var resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
            return Resources.Contains("*") || Resources.Contains(resource);
        }
    }
}
