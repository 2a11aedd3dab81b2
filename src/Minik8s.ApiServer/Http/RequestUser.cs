using Microsoft.AspNetCore.Http;
using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Http;

/// <summary>Carries who makes a request along with it.</summary>
internal static class RequestUser
{
    public static void SetUser(this HttpContext context, UserInfo user) => context.Features.Set(user);

    /// <summary>The user whose rights count.</summary>
    public static UserInfo GetUser(this HttpContext context) => context.Features.Get<UserInfo>() ?? UserInfo.Anonymous;
}
