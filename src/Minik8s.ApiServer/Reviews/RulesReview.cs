using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization;

namespace Minik8s.ApiServer.Reviews;

/// <summary>What may I do here? (<c>kubectl auth can-i --list</c>)</summary>
internal static class RulesReview
{
    /// <returns>The status.</returns>
    /// <exception cref="StatusException">400.</exception>
    public static JsonObject Make(AccessControl access, UserInfo user, JsonObject spec)
    {
        if (spec.Text("namespace") is not { Length: > 0 } ns) throw StatusErrors.BadRequest("no namespace on request");
        var (rules, error) = access.Rules.RulesFor(user, ns);
        var resources = new JsonArray();
        var paths = new JsonArray();
        foreach (var rule in rules)
        {
            var json = rule.ToJson();
            (rule.NonResourceUrls.Length > 0 ? paths : resources).Add((JsonNode)json);
        }

        var status = new JsonObject { ["resourceRules"] = resources, ["nonResourceRules"] = paths, ["incomplete"] = error.Length > 0 };
        if (error.Length > 0) status["evaluationError"] = error;
        return status;
    }
}
