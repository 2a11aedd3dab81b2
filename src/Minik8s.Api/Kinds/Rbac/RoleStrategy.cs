using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Rbac;

/// <summary>Roles and cluster roles: rules of what is allowed; a cluster role may be put together from others.</summary>
internal sealed class RoleStrategy(bool namespaced) : PlainStrategy
{
    public override bool AllowCreateOnUpdate => true;

    /// <summary>Any name that fits into a path, which is checked for every kind.</summary>
    public override IEnumerable<string> ValidateName(string name, bool prefix) => [];

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var rule in obj.Items("rules")) ValidateRule(rule, $"rules[{i++}]", errors);
        if (namespaced || obj.Map("aggregationRule") is not { } aggregation) return;
        if (!aggregation.Items("clusterRoleSelectors").Any()) errors.Required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil");
        i = 0;
        foreach (var selector in aggregation.Items("clusterRoleSelectors")) LabelSelectorValidation.Validate(selector, $"aggregationRule.clusterRoleSelectors[{i++}]", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    private void ValidateRule(JsonObject rule, string path, ICollection<FieldError> errors)
    {
        bool Has(string field) => rule[field] is JsonArray { Count: > 0 };
        if (!Has("verbs")) errors.Required($"{path}.verbs", "verbs must contain at least one value");
        if (Has("nonResourceURLs"))
        {
            if (namespaced) errors.Invalid($"{path}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
            if (Has("apiGroups") || Has("resources") || Has("resourceNames")) errors.Invalid($"{path}.nonResourceURLs", rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs");
            return;
        }

        if (!Has("apiGroups")) errors.Required($"{path}.apiGroups", "resource rules must supply at least one api group");
        if (!Has("resources")) errors.Required($"{path}.resources", "resource rules must supply at least one resource");
    }
}
