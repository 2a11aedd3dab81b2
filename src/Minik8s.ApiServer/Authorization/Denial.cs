using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authorization;

/// <summary>The answer to a request that nobody allows, in the words of Kubernetes' <c>responsewriters.Forbidden</c>.</summary>
internal static class Denial
{
    public static StatusException Of(UserInfo user, RequestInfo request, string reason)
    {
        var suffix = reason.Length == 0 ? "" : $": {reason}";
        if (!request.IsResource)
        {
            return new(403, StatusReason.Forbidden, $"forbidden: User {GoText.Quote(user.Name)} cannot {request.Verb} path {GoText.Quote(request.Path)}{suffix}", new StatusDetails());
        }

        var resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
        var where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace {GoText.Quote(request.Namespace)}";
        return StatusErrors.Forbidden(
            new(request.Group, request.Resource),
            request.Name,
            $"User {GoText.Quote(user.Name)} cannot {request.Verb} resource {GoText.Quote(resource)} in API group {GoText.Quote(request.Group)} {where}{suffix}");
    }
}
