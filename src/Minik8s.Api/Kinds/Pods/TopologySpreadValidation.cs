using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of how a pod wants to be spread with others.</summary>
internal static class TopologySpreadValidation
{
    public static void Validate(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var constraints = spec.Indexed("topologySpreadConstraints", path).ToList();
        for (var i = 0; i < constraints.Count; i++)
        {
            var (constraint, at) = constraints[i];
            var (key, action) = (constraint.Text("topologyKey") ?? "", constraint.Text("whenUnsatisfiable") ?? "");
            if ((constraint.Number("maxSkew") ?? 0) <= 0) errors.Invalid($"{at}.maxSkew", constraint.Number("maxSkew") ?? 0, "must be greater than zero");
            if (key.Length == 0) errors.Required($"{at}.topologyKey", "can not be empty");
            else errors.All($"{at}.topologyKey", key, Labels.Key(key));
            if (action is not ("DoNotSchedule" or "ScheduleAnyway")) errors.NotSupported($"{at}.whenUnsatisfiable", action, "DoNotSchedule", "ScheduleAnyway");
            if (constraints.Skip(i + 1).Any(c => c.Item.Text("topologyKey") == key && c.Item.Text("whenUnsatisfiable") == action))
            {
                errors.Duplicate($"{at}.{{topologyKey, whenUnsatisfiable}}", $"{{{key}, {action}}}");
            }

            if (constraint.Number("minDomains") is { } domains)
            {
                if (domains <= 0) errors.Invalid($"{at}.minDomains", domains, "must be greater than zero");
                if (action != "DoNotSchedule") errors.Invalid($"{at}.minDomains", domains, $"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
            }

            foreach (var field in new[] { "nodeAffinityPolicy", "nodeTaintsPolicy" })
            {
                if (constraint.Text(field) is { } policy and not ("Honor" or "Ignore")) errors.NotSupported($"{at}.{field}", policy, "Honor", "Ignore");
            }

            ValidateKeys(constraint, "matchLabelKeys", at, errors);
            LabelSelectorValidation.Validate(constraint.Map("labelSelector"), $"{at}.labelSelector", errors);
        }
    }

    /// <summary>Label keys whose values are taken from the pod and added to the selector beside them.</summary>
    public static void ValidateKeys(JsonObject term, string field, string path, ICollection<FieldError> errors)
    {
        var selector = term.Map("labelSelector");
        if (selector is null && term[field] is JsonArray { Count: > 0 })
        {
            errors.Forbidden($"{path}.{field}", "must not be specified when labelSelector is not set");
            return;
        }

        var selected = (selector.Map("matchLabels") ?? []).Select(l => l.Key).Concat(selector.Items("matchExpressions").Select(e => e.Text("key") ?? "")).ToHashSet();
        foreach (var (key, at) in term.IndexedTexts(field, path))
        {
            errors.All(at, key, Labels.Key(key));
            if (field == "matchLabelKeys" && selected.Contains(key)) errors.Invalid(at, key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}
