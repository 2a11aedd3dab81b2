using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Reviews;

/// <summary>May somebody do something? SubjectAccessReview, its form within a namespace, and the one about oneself.</summary>
internal static class AccessReview
{
    /// <returns>The status.</returns>
    /// <exception cref="StatusException">400 or 422.</exception>
    public static JsonObject Make(IAuthorizer authorizer, ResourceDefinition review, JsonObject obj, UserInfo asking, string ns)
    {
        var spec = obj.Ensure("spec");
        var self = review.Kind.Kind == "SelfSubjectAccessReview";
        var errors = new List<FieldError>();
        Validate(spec, self, errors);
        if (review.Namespaced) ValidateLocal(spec, ns, errors);
        if (errors.Count > 0) throw StatusErrors.Invalid(review.Kind, "", errors);
        var decision = authorizer.Authorize(self ? asking : Subject(spec), Request(spec));
        var status = new JsonObject { ["allowed"] = decision.Allowed };
        if (decision.Reason.Length > 0) status["reason"] = decision.Reason;
        return status;
    }

    private static void Validate(JsonObject spec, bool self, List<FieldError> errors)
    {
        var (resource, path) = (spec.Map("resourceAttributes"), spec.Map("nonResourceAttributes"));
        if (resource is not null && path is not null)
        {
            errors.Add(new(FieldErrorType.Invalid, "spec.nonResourceAttributes", path.ToJsonString(), "cannot be specified in combination with resourceAttributes"));
        }

        if (resource is null && path is null) errors.Add(new(FieldErrorType.Invalid, "spec.resourceAttributes", "null", "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        if (!self && string.IsNullOrEmpty(spec.Text("user")) && spec["groups"] is not JsonArray { Count: > 0 })
        {
            errors.Add(new(FieldErrorType.Invalid, "spec.user", "\"\"", "at least one of user or group must be specified"));
        }
    }

    private static void ValidateLocal(JsonObject spec, string ns, List<FieldError> errors)
    {
        var given = spec.Map("resourceAttributes").Text("namespace") ?? "";
        if (spec.Map("resourceAttributes") is not null && given != ns) throw StatusErrors.BadRequest($"spec.resourceAttributes.namespace must match namespace: {given}");
        if (spec.Map("nonResourceAttributes") is { } path) errors.Add(new(FieldErrorType.Invalid, "spec.nonResourceAttributes", path.ToJsonString(), "disallowed on this kind of request"));
    }

    private static UserInfo Subject(JsonObject spec) => new(spec.Text("user") ?? "", [.. (spec["groups"] as JsonArray ?? []).Select(g => g.Text() ?? "")])
    {
        Uid = spec.Text("uid") ?? "",
        Extra = (spec.Map("extra") ?? []).ToDictionary(e => e.Key, e => (IReadOnlyList<string>)[.. (e.Value as JsonArray ?? []).Select(v => v.Text() ?? "")]),
    };

    private static RequestInfo Request(JsonObject spec)
    {
        if (spec.Map("nonResourceAttributes") is { } path) return new() { Path = path.Text("path") ?? "", Verb = path.Text("verb") ?? "" };
        var resource = spec.Map("resourceAttributes");
        return new()
        {
            IsResource = true,
            Path = "",
            Verb = resource.Text("verb") ?? "",
            Group = resource.Text("group") ?? "",
            Version = resource.Text("version") ?? "",
            Resource = resource.Text("resource") ?? "",
            Subresource = resource.Text("subresource") ?? "",
            Namespace = resource.Text("namespace") ?? "",
            Name = resource.Text("name") ?? "",
        };
    }
}
