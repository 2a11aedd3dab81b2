using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization;

/// <summary>Several authorizers in their order.</summary>
public sealed class AuthorizerChain(params IReadOnlyList<IAuthorizer> authorizers) : IAuthorizer
{
    public AuthorizationDecision Authorize(UserInfo user, RequestInfo request)
    {
        string? reasons = null;
        foreach (var authorizer in authorizers)
        {
            var decision = authorizer.Authorize(user, request);
            if (decision.Allowed) return decision;
            if (decision.Reason.Length > 0) reasons = reasons is null ? decision.Reason : $"{reasons}\n{decision.Reason}";
        }

        return AuthorizationDecision.Deny(reasons ?? "");
    }
}
