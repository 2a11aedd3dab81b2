using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization;

/// <summary>Decides whether a user may do what a request asks for. Authorizers are asked in order; the first that allows decides.</summary>
public interface IAuthorizer
{
    AuthorizationDecision Authorize(UserInfo user, RequestInfo request);
}
