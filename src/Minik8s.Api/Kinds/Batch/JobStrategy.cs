using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>Jobs (batch/v1). Unless <c>manualSelector</c> is set, selector and labels are generated from the job's uid and name, so that no two jobs share pods.</summary>
internal sealed class JobStrategy : StatusStrategy
{
    private const string UidLabel = "batch.kubernetes.io/controller-uid";
    private const string NameLabel = "batch.kubernetes.io/job-name";
    private const string LegacyUidLabel = "controller-uid";
    private const string LegacyNameLabel = "job-name";

    private static readonly string[] FixedFields = ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"];

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = PodTemplates.Part(obj, "spec", "io.k8s.api.batch.v1.JobSpec");
        PodTemplates.ApplyDefaults(spec);
        if (spec["completions"] is null && spec["parallelism"] is null) spec["completions"] = 1;
        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", spec["backoffLimitPerIndex"] is null ? 6 : int.MaxValue);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("manualSelector", false);
        spec.Default("podReplacementPolicy", spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed");
        var labels = spec.Map("template").Map("metadata").Map("labels");
        if (labels is not null && obj.Map("metadata").Map("labels") is not { Count: > 0 }) obj.Ensure("metadata")["labels"] = labels.DeepClone();
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject();
        var spec = obj.Ensure("spec");
        if (!spec.Flag("manualSelector")) GenerateSelector(obj, spec);
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        ValidateGeneratedSelector(obj, spec, errors);
        JobValidation.Validate(spec, "spec", errors);
        JobValidation.ValidateSelector(spec, errors);
        if (spec.Text("completionMode") != "Indexed" || spec.Number("completions") is not (> 0 and var completions)) return;
        var name = obj.Map("metadata").Text("name") ?? "";
        var host = $"{name}-{completions - 1}";
        if (Names.DnsLabel(host).Any()) errors.Invalid("metadata.name", name, $"will not able to create pod with invalid DNS label: {host}");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var (spec, before) = (obj.Map("spec") ?? [], old.Map("spec") ?? []);
        JobValidation.Validate(spec, "spec", errors);
        JobValidation.ValidateSelector(spec, errors);
        // An elastic indexed job changes how many it completes and how many run at once together.
        var elastic = before.Text("completionMode") == "Indexed" && spec["completions"] is not null && JsonNode.DeepEquals(spec["completions"], spec["parallelism"]);
        if (!elastic) errors.Immutable("spec.completions", spec["completions"], before["completions"]);
        errors.Immutable("spec.selector", spec["selector"], before["selector"]);
        errors.Immutable("spec.template", spec["template"], ChangeableTemplate(spec, old));
        foreach (var field in FixedFields) errors.Immutable($"spec.{field}", spec[field], before[field]);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => JobStatusValidation.Validate(obj, old, errors);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => PodWarnings.OfTemplate(obj, old, "spec", "template");

    private static void GenerateSelector(JsonObject obj, JsonObject spec)
    {
        var metadata = obj.Ensure("metadata");
        var (uid, name) = (metadata.Text("uid") ?? "", metadata.Text("name") ?? "");
        var labels = spec.Ensure("template").Ensure("metadata").Ensure("labels");
        foreach (var (key, value) in new[] { (LegacyNameLabel, name), (NameLabel, name), (LegacyUidLabel, uid), (UidLabel, uid) })
        {
            // A label of the client's own that says something else is kept, and refused by validation.
            labels.Default(key, value);
        }

        spec.Ensure("selector").Ensure("matchLabels").Default(UidLabel, uid);
    }

    private static void ValidateGeneratedSelector(JsonObject obj, JsonObject spec, ICollection<FieldError> errors)
    {
        if (spec.Flag("manualSelector") || spec.Map("selector") is not { } given) return;
        var metadata = obj.Map("metadata");
        var (uid, name) = (metadata.Text("uid") ?? "", metadata.Text("name") ?? "");
        var labels = spec.Map("template").Map("metadata").Map("labels");
        JsonObject expected = [];
        foreach (var (key, value) in new[] { (LegacyUidLabel, uid), (LegacyNameLabel, name), (UidLabel, uid), (NameLabel, name) })
        {
            expected[key] = value;
            var path = $"spec.template.metadata.labels[{key}]";
            if (labels?[key] is null) errors.Required(path, $"must be '{value}'");
            else if (labels.Text(key) != value) errors.Invalid(path, labels, $"must be '{value}'");
        }

        if (Selectors.LabelSelector.TryOf(given, out var selector) && !selector.Matches(expected)) errors.Invalid("spec.selector", given, "`selector` not auto-generated");
    }

    /// <summary>The old template, with what a job that is suspended and has not started may change taken from the new one: where its pods are scheduled.</summary>
    private static JsonNode? ChangeableTemplate(JsonObject spec, JsonObject old)
    {
        var before = old.Map("spec")?["template"]?.DeepClone() as JsonObject;
        if (before is null || !old.Map("spec").Flag("suspend") || old.Map("status")?["startTime"] is not null) return before;
        var template = spec.Map("template");
        Copy(template.Map("metadata"), before.Ensure("metadata"), "annotations", "labels");
        if (template?["metadata"] is null && before.Map("metadata") is { Count: 0 }) before.Remove("metadata");
        var podSpec = before.Ensure("spec");
        Copy(template.Map("spec"), podSpec, "nodeSelector", "tolerations", "schedulingGates");
        var affinity = template.Map("spec").Map("affinity");
        if (affinity is not null) podSpec.Ensure("affinity");
        if (podSpec.Map("affinity") is not { } changed) return before;
        Copy(affinity, changed, "nodeAffinity");
        if (affinity is null && changed.Count == 0) podSpec.Remove("affinity");
        return before;
    }

    private static void Copy(JsonObject? from, JsonObject to, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (from?[field] is { } value) to[field] = value.DeepClone();
            else to.Remove(field);
        }
    }
}
