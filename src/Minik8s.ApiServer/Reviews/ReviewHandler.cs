using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Reviews;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Reviews;

/// <summary>Answers who somebody is and what they may do (the groups <c>authentication.k8s.io</c> and <c>authorization.k8s.io</c>).</summary>
internal sealed class ReviewHandler(AccessControl access, ITokenAuthenticator tokens, IReadOnlyList<string> audiences)
{
    /// <summary>Answers if the request is for a review.</summary>
    public async Task<bool> TryHandleAsync(HttpContext context, RequestInfo request)
    {
        if (request.Subresource.Length > 0 || ReviewResources.Find(request.Group, request.Version, request.Resource) is not { } review) return false;
        if (review.Namespaced != request.Namespace.Length > 0) return false;
        if (request.Verb != "create" || request.Name.Length > 0) throw new StatusException(405, StatusReason.MethodNotAllowed, "the server does not allow this method on the requested resource");
        var obj = await VirtualObject.ReadAsync(context, review.Kind);
        var user = context.GetUser();
        obj["status"] = review.Kind.Kind switch
        {
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = Describe(user) },
            "TokenReview" => await ReviewTokenAsync(obj.Ensure("spec"), context.RequestAborted),
            "SelfSubjectRulesReview" => RulesReview.Make(access, user, obj.Ensure("spec")),
            _ => AccessReview.Make(access.Authorizer, review, obj, user, request.Namespace),
        };
        await VirtualObject.RespondAsync(context, review.Kind, obj);
        return true;
    }

    private async Task<JsonObject> ReviewTokenAsync(JsonObject spec, CancellationToken cancellationToken)
    {
        if (spec.Text("token") is not { Length: > 0 } token) throw StatusErrors.BadRequest("token is required for TokenReview in authentication");
        var wanted = (spec["audiences"] as JsonArray ?? []).Select(a => a.Text() ?? "").ToArray();
        var verdict = (await tokens.AuthenticateAsync(token, wanted.Length > 0 ? wanted : audiences, cancellationToken))!;
        return verdict.User is { } user
            ? new() { ["authenticated"] = true, ["user"] = Describe(user), ["audiences"] = new JsonArray([.. verdict.Audiences.Select(a => (JsonNode)a)]) }
            : new() { ["user"] = new JsonObject(), ["error"] = verdict.Error };
    }

    /// <summary>A user as authentication/v1 UserInfo.</summary>
    internal static JsonObject Describe(UserInfo user)
    {
        var info = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0) info["uid"] = user.Uid;
        if (user.Groups.Count > 0) info["groups"] = new JsonArray([.. user.Groups.Select(g => (JsonNode)g)]);
        if (user.Extra.Count > 0) info["extra"] = new JsonObject(user.Extra.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)new JsonArray([.. e.Value.Select(v => (JsonNode)v)]))));
        return info;
    }
}
