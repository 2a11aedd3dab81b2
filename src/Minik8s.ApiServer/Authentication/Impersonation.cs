using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authentication;

/// <summary>Lets a user act as another (<c>kubectl --as</c>), where each part of the other identity is allowed to be taken on.</summary>
internal sealed class Impersonation(IAuthorizer authorizer)
{
    private const string UserHeader = "Impersonate-User";
    private const string GroupHeader = "Impersonate-Group";
    private const string UidHeader = "Impersonate-Uid";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string AuthenticationGroup = "authentication.k8s.io";

    /// <summary>The user whose rights count: who makes the request, or whom it acts as.</summary>
    /// <exception cref="StatusException">400 when the headers make no sense, 403 when the user may not.</exception>
    public UserInfo Apply(HttpContext context, UserInfo user)
    {
        var headers = context.Request.Headers;
        var name = headers[UserHeader].ToString();
        var groups = headers[GroupHeader].OfType<string>().Where(g => g.Length > 0).ToList();
        var uid = headers[UidHeader].ToString();
        var extra = Extra(headers);
        if (name.Length == 0)
        {
            return groups.Count == 0 && uid.Length == 0 && extra.Count == 0 ? user : throw StatusErrors.BadRequest("requested groups, uid or extra fields without impersonating a user");
        }

        var isAccount = ServiceAccountName.TryParse(name, out var ns, out var account);
        if (isAccount) Demand(user, new RequestInfo { Path = "", Verb = "", Resource = "serviceaccounts", Namespace = ns, Name = account });
        else Demand(user, new RequestInfo { Path = "", Verb = "", Resource = "users", Name = name });
        foreach (var group in groups) Demand(user, new RequestInfo { Path = "", Verb = "", Resource = "groups", Name = group });
        foreach (var (key, values) in extra)
        {
            foreach (var value in values) Demand(user, new RequestInfo { Path = "", Verb = "", Group = AuthenticationGroup, Resource = "userextras", Subresource = key, Name = value });
        }

        if (uid.Length > 0) Demand(user, new RequestInfo { Path = "", Verb = "", Group = AuthenticationGroup, Resource = "uids", Name = uid });
        if (isAccount && groups.Count == 0) groups = [.. ServiceAccountName.GroupsOf(ns)];
        if (name == UserInfo.Anonymous.Name)
        {
            if (!groups.Contains(UserInfo.AllUnauthenticated)) groups.Add(UserInfo.AllUnauthenticated);
        }
        else if (!groups.Contains(UserInfo.AllAuthenticated))
        {
            groups.Add(UserInfo.AllAuthenticated);
        }

        return new(name, groups) { Uid = uid, Extra = extra };
    }

    private void Demand(UserInfo user, RequestInfo what)
    {
        var request = what with { IsResource = true, Verb = "impersonate", Version = "v1" };
        if (authorizer.Authorize(user, request) is { Allowed: false, Reason: var reason }) throw Denial.Of(user, request, reason);
    }

    private static SortedDictionary<string, IReadOnlyList<string>> Extra(IHeaderDictionary headers)
    {
        var extra = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (header, values) in headers)
        {
            if (!header.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase) || header.Length == ExtraPrefix.Length) continue;
            extra[Uri.UnescapeDataString(header[ExtraPrefix.Length..]).ToLowerInvariant()] = [.. values.OfType<string>()];
        }

        return extra;
    }
}
