using Minik8s.Api.Errors;
using Minik8s.Api.Selectors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization.Rbac;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization.Node;

/// <summary>Gives a node what its kubelet needs, and of secrets, maps, volumes and accounts only what pods on it refer to (Kubernetes' node authorizer).</summary>
internal sealed class NodeAuthorizer(NodeGraph graph, IReadOnlyList<PolicyRule> rules) : IAuthorizer, IRuleResolver
{
    private const string LeaseNamespace = "kube-node-lease";

    public AuthorizationDecision Authorize(UserInfo user, RequestInfo request)
    {
        if (!NodeName.TryRead(user, out var node)) return AuthorizationDecision.NoOpinion;
        if (node.Length == 0) return AuthorizationDecision.Deny($"unknown node for user {GoText.Quote(user.Name)}");
        if (!request.IsResource) return ByRules(request);
        return (request.Group, request.Resource) switch
        {
            ("", "secrets") => Read(node, GraphKind.Secret, request),
            ("", "configmaps") => Read(node, GraphKind.ConfigMap, request),
            ("", "persistentvolumeclaims") => Claim(node, request),
            ("", "persistentvolumes") => Single(request, "get") ?? Related(node, graph.UsesVolume(node, request.Name)),
            ("", "serviceaccounts") => Token(node, request),
            ("", "nodes") => OwnNode(node, request),
            ("", "pods") => OwnPods(node, request),
            ("storage.k8s.io", "volumeattachments") => Single(request, "get") ?? Related(node, graph.IsAttachedTo(node, request.Name)),
            ("storage.k8s.io", "csinodes") => Own(node, request, "CSINode"),
            ("coordination.k8s.io", "leases") => Lease(node, request),
            _ => ByRules(request),
        };
    }

    public (IReadOnlyList<PolicyRule> Rules, string Error) RulesFor(UserInfo user, string ns) =>
        NodeName.TryRead(user, out _) ? ([], "node authorizer does not support user rule resolution") : ([], "");

    private AuthorizationDecision ByRules(RequestInfo request) => rules.Any(r => r.Allows(request)) ? AuthorizationDecision.Allow("") : AuthorizationDecision.NoOpinion;

    private AuthorizationDecision Read(string node, GraphKind kind, RequestInfo request)
    {
        if (request.Verb is not ("get" or "list" or "watch")) return AuthorizationDecision.Deny("can only read resources of this type");
        if (request.Subresource.Length > 0) return AuthorizationDecision.Deny("cannot read subresource");
        if (request.Namespace.Length == 0) return AuthorizationDecision.Deny("can only read namespaced object of this type");
        if (request.AuthorizedName.Length == 0) return AuthorizationDecision.Deny("No Object name found");
        return Related(node, graph.Refers(node, new(kind, request.Namespace, request.AuthorizedName)));
    }

    private AuthorizationDecision Claim(string node, RequestInfo request)
    {
        var wrong = request.Subresource switch
        {
            "" => Single(request, "get"),
            "status" when request.Verb is "update" or "patch" => Single(request with { Subresource = "" }, request.Verb),
            "status" => AuthorizationDecision.Deny("can only get, update or patch the status of this type"),
            _ => AuthorizationDecision.Deny("cannot get subresource"),
        };
        return wrong ?? Related(node, graph.Refers(node, new(GraphKind.PersistentVolumeClaim, request.Namespace, request.Name)));
    }

    private AuthorizationDecision Token(string node, RequestInfo request)
    {
        if (request.Verb != "create" || request.Name.Length == 0 || request.Subresource != "token") return AuthorizationDecision.Deny("can only create tokens for individual service accounts");
        return Related(node, graph.Refers(node, new(GraphKind.ServiceAccount, request.Namespace, request.Name)));
    }

    private AuthorizationDecision OwnNode(string node, RequestInfo request)
    {
        if (request.Verb is not ("get" or "list" or "watch") || request.Subresource.Length > 0) return ByRules(request);
        return request.AuthorizedName == node ? AuthorizationDecision.Allow("") : AuthorizationDecision.Deny($"node '{node}' cannot read '{request.AuthorizedName}', only its own Node object");
    }

    private AuthorizationDecision OwnPods(string node, RequestInfo request)
    {
        if (request.Subresource.Length > 0 || request.Verb is not ("get" or "list" or "watch")) return ByRules(request);
        if (request.Verb == "get") return Related(node, graph.Refers(node, new(GraphKind.Pod, request.Namespace, request.Name)));
        return Selects(request.FieldSelector, "spec.nodeName", node)
            ? AuthorizationDecision.Allow("")
            : AuthorizationDecision.Deny("can only list/watch pods with spec.nodeName field selector");
    }

    private static AuthorizationDecision Own(string node, RequestInfo request, string kind)
    {
        if (request.Verb is not ("get" or "create" or "update" or "patch" or "delete")) return AuthorizationDecision.Deny($"can only get, create, update, patch, or delete a {kind}");
        if (request.Subresource.Length > 0) return AuthorizationDecision.Deny($"cannot authorize {kind} subresources");
        // The name of what is created is not in the path; admission looks at it.
        return request.Verb == "create" || request.Name == node ? AuthorizationDecision.Allow("") : AuthorizationDecision.Deny($"can only access {kind} with the same name as the requesting node");
    }

    private static AuthorizationDecision Lease(string node, RequestInfo request)
    {
        if (request.Verb is not ("get" or "create" or "update" or "patch" or "delete")) return AuthorizationDecision.Deny("can only get, create, update, patch, or delete a node lease");
        if (request.Namespace != LeaseNamespace) return AuthorizationDecision.Deny($"can only access leases in the \"{LeaseNamespace}\" system namespace");
        return request.Verb == "create" || request.Name == node ? AuthorizationDecision.Allow("") : AuthorizationDecision.Deny("can only access node lease with the same name as the requesting node");
    }

    /// <summary>What is wrong when one object itself must be asked for with one verb; null: nothing.</summary>
    private static AuthorizationDecision? Single(RequestInfo request, string verb)
    {
        if (request.Verb != verb || request.Name.Length == 0) return AuthorizationDecision.Deny("can only get individual resources of this type");
        return request.Subresource.Length > 0 ? AuthorizationDecision.Deny("cannot get subresource") : null;
    }

    private static AuthorizationDecision Related(string node, bool related) =>
        related ? AuthorizationDecision.Allow("") : AuthorizationDecision.Deny($"no relationship found between node '{node}' and this object");

    private static bool Selects(string selector, string field, string value)
    {
        try
        {
            return FieldSelector.Parse(selector).Terms.Any(t => t.Equal && t.Field == field && t.Value == value);
        }
        catch (StatusException)
        {
            // The list itself will say what is wrong with it.
            return false;
        }
    }
}
