using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>Several resolvers together.</summary>
internal sealed class RuleResolvers(params IReadOnlyList<IRuleResolver> resolvers) : IRuleResolver
{
    public (IReadOnlyList<PolicyRule> Rules, string Error) RulesFor(UserInfo user, string ns)
    {
        var rules = new List<PolicyRule>();
        var errors = new List<string>();
        foreach (var resolver in resolvers)
        {
            var (found, error) = resolver.RulesFor(user, ns);
            rules.AddRange(found);
            if (error.Length > 0) errors.Add(error);
        }

        return (rules, string.Join(", ", errors));
    }
}
