using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>Checks of the rules by which a job judges failed pods.</summary>
internal static class PodFailurePolicyValidation
{
    private const int MaxRules = 20;
    private const int MaxExitCodes = 255;
    private const int MaxPatterns = 20;

    private static readonly string[] Actions = ["Count", "FailIndex", "FailJob", "Ignore"];
    private static readonly string[] Statuses = ["False", "True", "Unknown"];

    public static void Validate(JsonObject spec, JsonObject policy, string path, ICollection<FieldError> errors)
    {
        var rules = policy.Items("rules").ToList();
        if (rules.Count > MaxRules) errors.TooMany($"{path}.rules", rules.Count, MaxRules);
        var pod = spec.Map("template").Map("spec");
        var containers = pod.Items("containers").Concat(pod.Items("initContainers")).Select(c => c.Text("name") ?? "").ToHashSet();
        for (var i = 0; i < rules.Count; i++) ValidateRule(spec, rules[i], $"{path}.rules[{i}]", containers, errors);
    }

    private static void ValidateRule(JsonObject spec, JsonObject rule, string path, HashSet<string> containers, ICollection<FieldError> errors)
    {
        var action = rule.Text("action") ?? "";
        if (action.Length == 0) errors.Required($"{path}.action", "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
        else if (action == "FailIndex" && spec["backoffLimitPerIndex"] is null) errors.Invalid($"{path}.action", action, "requires the backoffLimitPerIndex to be set");
        else if (!Actions.Contains(action)) errors.NotSupported($"{path}.action", action, Actions);
        var exitCodes = rule.Map("onExitCodes");
        var conditions = rule.Items("onPodConditions").ToList();
        if (exitCodes is not null) ValidateExitCodes(exitCodes, $"{path}.onExitCodes", containers, errors);
        ValidateConditions(conditions, $"{path}.onPodConditions", errors);
        if (exitCodes is not null && conditions.Count > 0) errors.Add(new(FieldErrorType.Invalid, path, null, "specifying both OnExitCodes and OnPodConditions is not supported"));
        if (exitCodes is null && conditions.Count == 0) errors.Add(new(FieldErrorType.Invalid, path, null, "specifying one of OnExitCodes and OnPodConditions is required"));
    }

    private static void ValidateConditions(List<JsonObject> patterns, string path, ICollection<FieldError> errors)
    {
        if (patterns.Count > MaxPatterns) errors.TooMany(path, patterns.Count, MaxPatterns);
        for (var i = 0; i < patterns.Count; i++)
        {
            errors.All($"{path}[{i}].type", patterns[i].Text("type") ?? "", Labels.Key(patterns[i].Text("type") ?? ""));
            var status = patterns[i].Text("status") ?? "";
            if (status.Length == 0) errors.Required($"{path}[{i}].status", "valid values: [\"False\" \"True\" \"Unknown\"]");
            else if (!Statuses.Contains(status)) errors.NotSupported($"{path}[{i}].status", status, Statuses);
        }
    }

    private static void ValidateExitCodes(JsonObject requirement, string path, HashSet<string> containers, ICollection<FieldError> errors)
    {
        var operation = requirement.Text("operator") ?? "";
        if (operation.Length == 0) errors.Required($"{path}.operator", "valid values: [\"In\" \"NotIn\"]");
        else if (operation is not ("In" or "NotIn")) errors.NotSupported($"{path}.operator", operation, "In", "NotIn");
        if (requirement.Text("containerName") is { } name && !containers.Contains(name))
        {
            errors.Invalid($"{path}.containerName", name, "must be one of the container or initContainer names in the pod template");
        }

        var values = (requirement["values"] as JsonArray ?? []).Select(v => v.Number() ?? 0).ToList();
        if (values.Count == 0) errors.Invalid($"{path}.values", requirement["values"], "at least one value is required");
        if (values.Count > MaxExitCodes) errors.TooMany($"{path}.values", values.Count, MaxExitCodes);
        var seen = new HashSet<long>();
        for (var i = 0; i < values.Count; i++)
        {
            if (operation == "In" && values[i] == 0) errors.Invalid($"{path}.values[{i}]", 0, "must not be 0 for the In operator");
            if (!seen.Add(values[i])) errors.Duplicate($"{path}.values[{i}]", values[i]);
        }

        if (!values.SequenceEqual(values.Order())) errors.Invalid($"{path}.values", requirement["values"], "must be ordered");
    }
}
