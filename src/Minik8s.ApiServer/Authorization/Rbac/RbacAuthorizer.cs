using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>Allows what the roles that are bound to a user or to one of its groups allow.</summary>
public sealed class RbacAuthorizer(RbacIndex index) : IAuthorizer, IRuleResolver
{
    public AuthorizationDecision Authorize(UserInfo user, RequestInfo request)
    {
        List<string>? missing = null;
        // Paths belong to no namespace.
        foreach (var (binding, subject) in index.BindingsOf(user, request.IsResource ? request.Namespace : ""))
        {
            if (index.Rules(binding.Namespace, binding.Role) is not { } rules)
            {
                (missing ??= []).Add(Missing(binding.Role));
                continue;
            }

            foreach (var rule in rules)
            {
                if (rule.Allows(request)) return AuthorizationDecision.Allow($"RBAC: allowed by {binding.Describe(subject)}");
            }
        }

        return missing is null ? AuthorizationDecision.NoOpinion : AuthorizationDecision.Deny($"RBAC: {Join(missing)}");
    }

    public (IReadOnlyList<PolicyRule> Rules, string Error) RulesFor(UserInfo user, string ns)
    {
        var rules = new List<PolicyRule>();
        var missing = new List<string>();
        foreach (var (binding, _) in index.BindingsOf(user, ns))
        {
            if (index.Rules(binding.Namespace, binding.Role) is { } found) rules.AddRange(found);
            else missing.Add(Missing(binding.Role));
        }

        return (rules, missing.Count == 0 ? "" : Join(missing));
    }

    private static string Missing(RoleRef role) => $"{role.Kind.ToLowerInvariant()}.rbac.authorization.k8s.io \"{role.Name}\" not found";

    private static string Join(List<string> errors)
    {
        var distinct = errors.Distinct().ToList();
        return distinct.Count == 1 ? distinct[0] : $"[{string.Join(", ", distinct)}]";
    }
}
