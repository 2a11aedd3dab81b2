using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of requests and limits of resources.</summary>
internal static class ResourceValidation
{
    /// <summary>Checks a container's resources; <paramref name="claims"/> are the pod's resource claims.</summary>
    public static void Validate(JsonObject resources, string path, IReadOnlySet<string>? claims, ICollection<FieldError> errors)
    {
        foreach (var list in new[] { "limits", "requests" })
        {
            foreach (var (name, value) in resources.Map(list) ?? [])
            {
                ResourceNames.ValidateContainer(name, $"{path}.{list}[{name}]", errors);
                ResourceNames.ValidateAmount(name, value, $"{path}.{list}[{name}]", errors);
            }
        }

        foreach (var (name, value) in resources.Map("requests") ?? []) ValidateRequest(resources, name, value, path, errors);
        var names = (resources.Map("limits") ?? []).Concat(resources.Map("requests") ?? []).Select(r => r.Key).ToList();
        if (names.Any(ResourceNames.IsHugePages) && !names.Any(n => n is "cpu" or "memory")) errors.Forbidden(path, "HugePages require cpu or memory");
        ValidateClaims(resources, path, claims, errors);
    }

    /// <summary>Checks the resources of a pod as a whole.</summary>
    public static void ValidatePodLevel(JsonObject resources, string path, ICollection<FieldError> errors)
    {
        foreach (var list in new[] { "limits", "requests" })
        {
            foreach (var (name, value) in resources.Map(list) ?? [])
            {
                if (name is not ("cpu" or "memory") && !ResourceNames.IsHugePages(name)) errors.NotSupported($"{path}.{list}[{name}]", name, "cpu", "hugepages-", "memory");
                ResourceNames.ValidateAmount(name, value, $"{path}.{list}[{name}]", errors);
            }
        }

        foreach (var (name, value) in resources.Map("requests") ?? []) ValidateRequest(resources, name, value, path, errors);
        if (resources["claims"] is JsonArray { Count: > 0 }) errors.Forbidden($"{path}.claims", "claims may not be set for Resources at pod-level");
    }

    private static void ValidateRequest(JsonObject resources, string name, JsonNode? value, string path, ICollection<FieldError> errors)
    {
        var overcommitted = ResourceNames.IsOvercommitAllowed(name);
        if (!Quantity.TryParse(value.Text() ?? "", out var request)) return;
        if (!Quantity.TryParse(resources.Map("limits").Text(name) ?? "", out var limit))
        {
            if (!overcommitted) errors.Required($"{path}.limits", "Limit must be set for non overcommitable resources");
        }
        else if (!overcommitted && request.Value != limit.Value)
        {
            errors.Invalid($"{path}.requests", value, $"must be equal to {name} limit of {limit}");
        }
        else if (request > limit)
        {
            errors.Invalid($"{path}.requests", value, $"must be less than or equal to {name} limit of {limit}");
        }
    }

    private static void ValidateClaims(JsonObject resources, string path, IReadOnlySet<string>? claims, ICollection<FieldError> errors)
    {
        var seen = new HashSet<string>();
        foreach (var (claim, at) in resources.Indexed("claims", path))
        {
            var name = claim.Text("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
                continue;
            }

            var key = claim.Text("request") is { Length: > 0 } request ? $"{name}/{request}" : name;
            if (!seen.Add(key)) errors.Duplicate(at, key);
            else if (claims?.Contains(name) != true) errors.NotFound($"{at}.name", name);
        }
    }
}
