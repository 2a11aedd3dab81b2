using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization;

/// <summary>Members of <c>system:masters</c> may do everything, so that no mistake in a role can lock the administrator out.</summary>
public sealed class MastersAuthorizer : IAuthorizer
{
    public AuthorizationDecision Authorize(UserInfo user, RequestInfo request) =>
        user.Groups.Contains(UserInfo.Masters) ? AuthorizationDecision.Allow("") : AuthorizationDecision.NoOpinion;
}
