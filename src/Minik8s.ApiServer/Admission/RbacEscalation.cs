using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Authorization.Rbac;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Admission;

/// <summary>
/// Nobody grants what they do not hold: writing a role takes its rights or the verb <c>escalate</c> on it, writing a binding the rights of its role or
/// the verb <c>bind</c> on that role (Kubernetes' policy-based RBAC storage).
/// </summary>
internal sealed class RbacEscalation(IAuthorizer authorizer, IRuleResolver resolver, RbacIndex index) : IAdmission
{
    private const string Group = "rbac.authorization.k8s.io";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Resource.Kind.Group != Group || request.Operation == AdmissionOperation.Delete || request.User is not { } user) return default;
        if (user.Groups.Contains(UserInfo.Masters) || request.Old is { } old && ChangesOwnershipOnly(request.Object, old)) return default;
        switch (request.Resource.Kind.Kind)
        {
            case "Role" or "ClusterRole":
                CheckRole(request, user);
                break;
            case "RoleBinding" or "ClusterRoleBinding":
                CheckBinding(request, user);
                break;
        }

        return default;
    }

    private void CheckRole(AdmissionRequest request, UserInfo user)
    {
        var name = request.Object.Map("metadata").Text("name") ?? "";
        if (Allowed(user, "escalate", request.Namespace, request.Resource.Plural, request.Operation == AdmissionOperation.Create ? "" : name)) return;
        if (Escalation.Check(user, request.Namespace, PolicyRule.Read(request.Object), resolver) is { } why) throw StatusErrors.Forbidden(request.Resource.GroupResource, name, why);
        if ((Aggregates(request.Object) || Aggregates(request.Old)) && Escalation.Check(user, "", PolicyRule.FullAuthority, resolver) is not null)
        {
            throw StatusErrors.Forbidden(request.Resource.GroupResource, name, "must have cluster-admin privileges to use the aggregationRule");
        }
    }

    private void CheckBinding(AdmissionRequest request, UserInfo user)
    {
        var reference = request.Object.Map("roleRef");
        // Validation says what is wrong with a reference that names nothing.
        if (reference.Text("kind") is not ("Role" or "ClusterRole") || reference.Text("name") is not { Length: > 0 } name) return;
        var role = new RoleRef(reference.Text("kind")!, name);
        if (Allowed(user, "bind", request.Namespace, role.IsClusterRole ? "clusterroles" : "roles", role.Name)) return;
        var rules = index.Rules(request.Namespace, role) ?? throw StatusErrors.NotFound(new(Group, role.Kind.ToLowerInvariant()), role.Name);
        if (Escalation.Check(user, request.Namespace, rules, resolver) is { } why) throw StatusErrors.Forbidden(request.Resource.GroupResource, request.Object.Map("metadata").Text("name") ?? "", why);
    }

    private bool Allowed(UserInfo user, string verb, string ns, string resource, string name) =>
        authorizer.Authorize(user, new RequestInfo { IsResource = true, Path = "", Verb = verb, Group = Group, Version = "*", Namespace = ns, Resource = resource, Name = name }).Allowed;

    private static bool Aggregates(JsonObject? role) => role.Map("aggregationRule").Items("clusterRoleSelectors").Any();

    /// <summary>The garbage collector must be able to work on roles without holding what they grant.</summary>
    private static bool ChangesOwnershipOnly(JsonObject obj, JsonObject old) => JsonNode.DeepEquals(WithoutOwnership(obj), WithoutOwnership(old));

    private static JsonObject WithoutOwnership(JsonObject obj)
    {
        var copy = obj.DeepClone().AsObject();
        foreach (var field in new[] { "ownerReferences", "finalizers", "managedFields", "resourceVersion" }) copy.Map("metadata")?.Remove(field);
        return copy;
    }
}
