using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>Checks of a job's status: its counters grow, and what it says about its end is consistent and final.</summary>
internal static class JobStatusValidation
{
    private static readonly string[] Terminal = ["Failed", "Complete", "FailureTarget"];

    public static void Validate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var (status, before) = (obj.Map("status") ?? [], old.Map("status") ?? []);
        errors.NonNegative(status, "status", "active", "succeeded", "failed", "ready", "terminating");
        ValidateUncounted(status.Map("uncountedTerminatedPods"), errors);
        if (!JsonNode.DeepEquals(status["conditions"], before["conditions"]) || !JsonNode.DeepEquals(status["completionTime"], before["completionTime"])) ValidateEnd(status, errors);
        ValidateIndexes(obj.Map("spec"), status, errors);
        if (status.Number("ready") > (status.Number("active") ?? 0)) errors.Invalid("status.ready", status["ready"], "cannot set more ready pods than active");
        foreach (var type in Terminal)
        {
            if (Is(before, type) && !Is(status, type)) Conditions(errors, $"cannot disable the terminal {type}=True condition");
        }

        // An elastic indexed job that has become smaller counts what it completed beyond its end no more.
        var elastic = obj.Map("spec").Text("completionMode") == "Indexed" && JsonNode.DeepEquals(obj.Map("spec")?["completions"], obj.Map("spec")?["parallelism"]);
        foreach (var counter in elastic ? ["failed"] : new[] { "failed", "succeeded" })
        {
            var number = status.Number(counter) ?? 0;
            if (number < (before.Number(counter) ?? 0)) errors.Invalid($"status.{counter}", number, $"cannot decrease the {counter} counter");
        }

        if (status["completionTime"] is { } completed && before["completionTime"] is { } was && !JsonNode.DeepEquals(completed, was)) errors.Invalid("status.completionTime", completed, "field is immutable");
        var resumes = Is(before, "Suspended") && !Is(status, "Suspended");
        if (before["startTime"] is { } started && !JsonNode.DeepEquals(started, status["startTime"]) && !obj.Map("spec").Flag("suspend") && !(resumes && status["startTime"] is not null))
        {
            errors.Required("status.startTime", "startTime cannot be removed for unsuspended job");
        }

        if (Is(before, "SuccessCriteriaMet") && !Is(status, "SuccessCriteriaMet")) Conditions(errors, "cannot disable the SuccessCriteriaMet=True condition");
        if (Is(before, "Complete") && !Is(before, "SuccessCriteriaMet") && Is(status, "SuccessCriteriaMet"))
        {
            Conditions(errors, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
        }
    }

    private static void ValidateUncounted(JsonObject? uncounted, ICollection<FieldError> errors)
    {
        var seen = new HashSet<string>();
        foreach (var list in new[] { "succeeded", "failed" })
        {
            var i = 0;
            foreach (var item in uncounted?[list] as JsonArray ?? [])
            {
                var path = $"status.uncountedTerminatedPods.{list}[{i++}]";
                var uid = item.Text() ?? "";
                if (uid.Length == 0) errors.Invalid(path, "", "must not be empty");
                else if (!seen.Add(uid)) errors.Duplicate(path, uid);
            }
        }
    }

    private static void ValidateEnd(JsonObject status, ICollection<FieldError> errors)
    {
        var (complete, failed) = (Is(status, "Complete"), Is(status, "Failed"));
        if (complete && failed) Conditions(errors, "cannot set Complete=True and Failed=true conditions");
        if (complete && Is(status, "FailureTarget")) Conditions(errors, "cannot set Complete=True and FailureTarget=true conditions");
        if (status["completionTime"] is { } time && !complete) errors.Invalid("status.completionTime", time, "cannot set completionTime when there is no Complete=True condition");
        if (status["completionTime"] is null && complete) errors.Required("status.completionTime", "completionTime is required for Complete jobs");
        if (Time(status, "completionTime") < Time(status, "startTime")) errors.Invalid("status.completionTime", status["completionTime"], "must be equal to or after `startTime`");
        if (failed && !Is(status, "FailureTarget")) Conditions(errors, "cannot set Failed=True condition without the FailureTarget=true condition");
        if (complete && !Is(status, "SuccessCriteriaMet")) Conditions(errors, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
        if (complete || failed)
        {
            if (status.Number("active") > 0) errors.Invalid("status.active", status["active"], "active>0 is invalid for finished job");
            if (status["startTime"] is null) errors.Required("status.startTime", "startTime is required for finished job");
            var uncounted = status.Map("uncountedTerminatedPods");
            if (uncounted?["failed"] is JsonArray { Count: > 0 } || uncounted?["succeeded"] is JsonArray { Count: > 0 }) errors.Invalid("status.uncountedTerminatedPods", uncounted, "must be empty for finished job");
            if (status.Number("terminating") > 0) errors.Invalid("status.terminating", status["terminating"], "terminating>0 is invalid for finished job");
        }

        if (!Is(status, "SuccessCriteriaMet")) return;
        if (failed) Conditions(errors, "cannot set SuccessCriteriaMet=True and Failed=true conditions");
        if (Is(status, "FailureTarget")) Conditions(errors, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
    }

    private static void ValidateIndexes(JsonObject? spec, JsonObject status, ICollection<FieldError> errors)
    {
        var completed = status.Text("completedIndexes") ?? "";
        if (spec.Number("completions") is { } completions)
        {
            if (JobValidation.ParseIndexes(completed, completions, out _) is { } bad) errors.Invalid("status.completedIndexes", completed, $"error parsing completedIndexes: {bad}");
            if (spec?["backoffLimitPerIndex"] is not null && status.Text("failedIndexes") is { } failed && JobValidation.ParseIndexes(failed, completions, out _) is { } worse)
            {
                errors.Invalid("status.failedIndexes", failed, $"error parsing failedIndexes: {worse}");
            }
        }

        if (completed.Length > 0 && spec.Text("completionMode") != "Indexed") errors.Invalid("status.completedIndexes", completed, "cannot set non-empty completedIndexes when non-indexed completion mode");
        if (spec?["backoffLimitPerIndex"] is null && status["failedIndexes"] is { } given) errors.Invalid("status.failedIndexes", given, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    }

    private static void Conditions(ICollection<FieldError> errors, string detail) => errors.Add(new(FieldErrorType.Invalid, "status.conditions", null, detail));

    private static bool Is(JsonObject status, string type) => status.Items("conditions").Any(c => c.Text("type") == type && c.Text("status") == "True");

    private static DateTimeOffset? Time(JsonObject status, string field) => DateTimeOffset.TryParse(status.Text(field), CultureInfo.InvariantCulture, out var time) ? time : null;
}
