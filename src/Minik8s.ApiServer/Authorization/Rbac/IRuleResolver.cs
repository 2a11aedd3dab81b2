using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>Enumerates what a user may do, where an authorizer can.</summary>
public interface IRuleResolver
{
    /// <summary>The rules that hold for a user in a namespace (empty: in the whole cluster only), and why the list may be incomplete (empty: it is not).</summary>
    (IReadOnlyList<PolicyRule> Rules, string Error) RulesFor(UserInfo user, string ns);
}
