using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Selectors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>Checks of a job's spec, in a Job as in the template of a CronJob (batch/validation).</summary>
internal static class JobValidation
{
    private const int MaxIndexes = 100_000;
    private const int MaxWithManyCompletions = 10_000;

    public static void Validate(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        errors.NonNegative(spec, path, "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes");
        if (spec["maxFailedIndexes"] is not null && spec["backoffLimitPerIndex"] is null) errors.Required($"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified");
        if (spec.Text("managedBy") is { } manager) ValidateManager(manager, $"{path}.managedBy", errors);
        ValidateCompletionMode(spec, path, errors);
        if (spec.Map("podFailurePolicy") is { } failure) PodFailurePolicyValidation.Validate(spec, failure, $"{path}.podFailurePolicy", errors);
        if (spec.Map("successPolicy") is { } success) ValidateSuccessPolicy(spec, success, $"{path}.successPolicy", errors);
        ValidateReplacement(spec, $"{path}.podReplacementPolicy", errors);
        PodTemplates.Validate(spec.Map("template"), $"{path}.template", errors);
        ValidateRestartPolicy(spec, $"{path}.template.spec.restartPolicy", errors);
    }

    /// <summary>The selector of a Job of its own, which must select the pods that it makes.</summary>
    public static void ValidateSelector(JsonObject spec, ICollection<FieldError> errors)
    {
        var selector = spec.Map("selector");
        if (selector is null) errors.Required("spec.selector");
        else LabelSelectorValidation.Validate(selector, "spec.selector", errors);
        var labels = spec.Map("template").Map("metadata").Map("labels");
        if (LabelSelector.TryOf(selector, out var read) && !read.Matches(labels)) errors.Invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
    }

    /// <summary>Counts the indexes of a text such as <c>0,2-5,7</c>.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? ParseIndexes(string text, long completions, out long count)
    {
        count = 0;
        if (text.Length == 0) return null;
        long? last = null;
        foreach (var part in text.Split(','))
        {
            var bounds = part.Split('-');
            if (bounds.Length > 2) return $"the fragment \"{part}\" violates the requirement that an index interval can have at most two parts separated by '-'";
            if (ParseIndex(bounds[0], completions, out var first) is { } bad) return bad;
            var end = first;
            if (bounds.Length == 2 && ParseIndex(bounds[1], completions, out end) is { } worse) return worse;
            if (bounds.Length == 2 && first >= end) return $"non-increasing order, previous: {first}, current: {end}";
            if (last >= first) return $"non-increasing order, previous: {last}, current: {first}";
            last = end;
            count += end - first + 1;
        }

        return null;
    }

    private static string? ParseIndex(string text, long completions, out long index)
    {
        if (!long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out index)) return $"cannot convert string to integer for index: \"{text}\"";
        return index >= completions ? $"too large index: \"{text}\"" : null;
    }

    private static void ValidateManager(string manager, string path, ICollection<FieldError> errors)
    {
        var slash = manager.IndexOf('/');
        if (manager.Length == 0) errors.Required(path);
        else if (slash <= 0 || slash == manager.Length - 1) errors.Invalid(path, manager, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        else errors.All(path, manager[..slash], Names.DnsSubdomain(manager[..slash]));
        if (manager.Length > 63) errors.Add(new(FieldErrorType.TooLong, path, null, "may not be more than 63 bytes"));
    }

    private static void ValidateCompletionMode(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var mode = spec.Text("completionMode");
        if (mode is not (null or "NonIndexed" or "Indexed")) errors.NotSupported($"{path}.completionMode", mode, "Indexed", "NonIndexed");
        if (mode is null or "NonIndexed")
        {
            foreach (var field in new[] { "backoffLimitPerIndex", "maxFailedIndexes" })
            {
                if (spec[field] is { } value) errors.Invalid($"{path}.{field}", value, "requires indexed completion mode");
            }
        }

        if (mode != "Indexed") return;
        var completions = spec.Number("completions");
        var failed = spec.Number("maxFailedIndexes");
        if (completions is null) errors.Required($"{path}.completions", "when completion mode is Indexed");
        AtMost(spec, path, "parallelism", MaxIndexes, $"must be less than or equal to {MaxIndexes} when completion mode is Indexed", errors);
        if (failed > completions) errors.Invalid($"{path}.maxFailedIndexes", failed, "must be less than or equal to completions");
        AtMost(spec, path, "maxFailedIndexes", MaxIndexes, $"must be less than or equal to {MaxIndexes}", errors);
        if (completions is not > MaxIndexes || spec["backoffLimitPerIndex"] is null) return;
        if (failed is null) errors.Required($"{path}.maxFailedIndexes", $"must be specified when completions is above {MaxIndexes}");
        var limit = $"must be less than or equal to {MaxWithManyCompletions} when completions are above {MaxIndexes} and used with backoff limit per index";
        AtMost(spec, path, "parallelism", MaxWithManyCompletions, limit, errors);
        AtMost(spec, path, "maxFailedIndexes", MaxWithManyCompletions, limit, errors);
    }

    private static void AtMost(JsonObject spec, string path, string field, long limit, string detail, ICollection<FieldError> errors)
    {
        if (spec.Number(field) > limit) errors.Invalid($"{path}.{field}", spec[field], detail);
    }

    private static void ValidateSuccessPolicy(JsonObject spec, JsonObject policy, string path, ICollection<FieldError> errors)
    {
        if (spec.Text("completionMode") != "Indexed")
        {
            errors.Invalid(path, policy, "requires indexed completion mode");
            return;
        }

        var rules = policy.Items("rules").ToList();
        if (rules.Count == 0) errors.Required($"{path}.rules", "at least one rules must be specified when the successPolicy is specified");
        if (rules.Count > 20) errors.TooMany($"{path}.rules", rules.Count, 20);
        var completions = spec.Number("completions") ?? 0;
        for (var i = 0; i < rules.Count; i++)
        {
            var at = $"{path}.rules[{i}]";
            var (count, indexes) = (rules[i].Number("succeededCount"), rules[i].Text("succeededIndexes"));
            if (count is null && indexes is null) errors.Required(at, "at least one of succeededCount or succeededIndexes must be specified");
            long total = 0;
            if (indexes is not null && ParseIndexes(indexes, completions, out total) is { } bad) errors.Invalid($"{at}.succeededIndexes", indexes, $"error parsing succeededIndexes: {bad}");
            errors.NonNegative($"{at}.succeededCount", rules[i]["succeededCount"]);
            if (count > completions) errors.Invalid($"{at}.succeededCount", count, $"must be less than or equal to {completions} (the number of specified completions)");
            if (indexes is not null && count > total) errors.Invalid($"{at}.succeededCount", count, $"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)");
        }
    }

    private static void ValidateReplacement(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        if (spec.Text("podReplacementPolicy") is not { } policy) return;
        if (spec["podFailurePolicy"] is not null)
        {
            if (policy != "Failed") errors.NotSupported(path, policy, "Failed");
        }
        else if (policy is not ("Failed" or "TerminatingOrFailed"))
        {
            errors.NotSupported(path, policy, "Failed", "TerminatingOrFailed");
        }
    }

    private static void ValidateRestartPolicy(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        switch (spec.Map("template").Map("spec").Text("restartPolicy"))
        {
            case null or "" or "Always":
                errors.Required(path, "valid values: \"OnFailure\", \"Never\"");
                break;
            case "OnFailure" when spec["podFailurePolicy"] is not null:
                errors.Invalid(path, "OnFailure", "only \"Never\" is supported when podFailurePolicy is specified");
                break;
            case "OnFailure" or "Never":
                break;
            case var other:
                errors.NotSupported(path, other, "Never", "OnFailure");
                break;
        }
    }
}
