using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.ResourceQuotas;

/// <summary>Resource quotas: how much a namespace may use; which part of its objects counts is fixed.</summary>
internal sealed class ResourceQuotaStrategy : StatusStrategy
{
    private static readonly HashSet<string> Scopes = ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity", "VolumeAttributesClass"];

    private static readonly HashSet<string> ComputeNames =
    [
        "pods", "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
    ];

    public override bool HasGeneration => false;

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject();

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        ValidateAmounts(spec.Map("hard"), "spec.hard", errors);
        var names = spec.Map("hard")?.Select(h => h.Key).ToList() ?? [];
        ValidateScopes(spec, names, errors);
        if (spec.Map("scopeSelector") is { } selector) ValidateSelector(spec, selector, names, errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        if (!obj.Map("spec").Texts("scopes").ToHashSet().SetEquals(old.Map("spec").Texts("scopes"))) errors.Invalid("spec.scopes", obj.Map("spec")?["scopes"], "field is immutable");
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateAmounts(obj.Map("status").Map("hard"), "status.hard", errors);
        ValidateAmounts(obj.Map("status").Map("used"), "status.used", errors);
    }

    private static void ValidateAmounts(JsonObject? amounts, string path, ICollection<FieldError> errors)
    {
        foreach (var (name, value) in amounts ?? [])
        {
            ResourceNames.ValidateQuota(name, $"{path}[{name}]", errors);
            ResourceNames.ValidateAmount(name, value, $"{path}[{name}]", errors);
        }
    }

    private static void ValidateScopes(JsonObject spec, List<string> names, ICollection<FieldError> errors)
    {
        const string path = "spec.scopes";
        var scopes = spec.Texts("scopes").ToList();
        foreach (var scope in scopes)
        {
            if (!Scopes.Contains(scope)) errors.Invalid(path, spec["scopes"], "unsupported scope");
            foreach (var _ in names.Where(n => !Covers(scope, n))) errors.Invalid(path, spec["scopes"], "unsupported scope applied to resource");
        }

        ValidateConflicts(scopes, path, spec["scopes"], errors);
    }

    private static void ValidateSelector(JsonObject spec, JsonObject selector, List<string> names, ICollection<FieldError> errors)
    {
        const string path = "spec.scopeSelector.matchExpressions";
        foreach (var expression in selector.Items("matchExpressions"))
        {
            var (scope, operation) = (expression.Text("scopeName") ?? "", expression.Text("operator") ?? "");
            var values = expression.Texts("values").Any();
            if (!Scopes.Contains(scope)) errors.Invalid($"{path}.scopeName", scope, "unsupported scope");
            foreach (var _ in names.Where(n => !Covers(scope, n))) errors.Invalid(path, selector, "unsupported scope applied to resource");
            if (scope is not ("PriorityClass" or "VolumeAttributesClass") && Scopes.Contains(scope) && operation != "Exists")
            {
                errors.Invalid($"{path}.operator", operation, "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
            }

            if (operation is "In" or "NotIn" && !values) errors.Required($"{path}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
            else if (operation is "Exists" or "DoesNotExist" && values) errors.Invalid($"{path}.values", expression["values"], "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
            else if (operation is not ("In" or "NotIn" or "Exists" or "DoesNotExist")) errors.Invalid($"{path}.operator", operation, "not a valid selector operator");
        }

        ValidateConflicts([.. selector.Items("matchExpressions").Select(e => e.Text("scopeName") ?? "")], path, spec["scopes"], errors);
    }

    private static void ValidateConflicts(List<string> scopes, string path, JsonNode? shown, ICollection<FieldError> errors)
    {
        foreach (var scope in new[] { "BestEffort", "Terminating" })
        {
            if (scopes.Contains(scope) && scopes.Contains("Not" + scope)) errors.Invalid(path, shown, "conflicting scopes");
        }
    }

    /// <summary>Whether a scope makes sense for a resource: best-effort pods have no requests to count, and only pods and their resources have the others.</summary>
    private static bool Covers(string scope, string name) => !ResourceNames.IsQuotaName(name) || scope switch
    {
        "BestEffort" => name == "pods",
        "VolumeAttributesClass" => name is "persistentvolumeclaims" or "requests.storage",
        _ => !Scopes.Contains(scope) || ComputeNames.Contains(name),
    };
}
