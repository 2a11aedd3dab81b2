using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>CronJobs (batch/v1).</summary>
internal sealed partial class CronJobStrategy : StatusStrategy
{
    /// <summary>A job's name has 63 characters at most, and eleven of them are the time at which it was due.</summary>
    private const int MaxName = 52;

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = PodTemplates.Part(obj, "spec", "io.k8s.api.batch.v1.CronJobSpec");
        PodTemplates.ApplyDefaults(PodTemplates.Part(spec.Ensure("jobTemplate"), "spec", "io.k8s.api.batch.v1.JobSpec"));
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject();

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        Validate(obj.Map("spec") ?? [], null, errors);
        var name = obj.Map("metadata").Text("name") ?? "";
        if (name.Length > MaxName) errors.Invalid("metadata.name", name, $"must be no more than {MaxName} characters");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => Validate(obj.Map("spec") ?? [], old.Map("spec"), errors);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old)
    {
        if (old is null && Names.DnsLabel(obj.Map("metadata").Text("name") ?? "").Any())
        {
            yield return $"metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [{string.Join(' ', Names.DnsLabel(obj.Map("metadata").Text("name") ?? ""))}]";
        }

        foreach (var warning in PodWarnings.OfTemplate(obj, old, "spec", "jobTemplate", "spec", "template")) yield return warning;
    }

    private static void Validate(JsonObject spec, JsonObject? old, ICollection<FieldError> errors)
    {
        var schedule = spec.Text("schedule") ?? "";
        if (schedule.Length == 0) errors.Required("spec.schedule");
        else ValidateSchedule(schedule, spec, old, errors);
        errors.NonNegative(spec, "spec", "startingDeadlineSeconds");
        if (spec.Text("timeZone") is { } zone && zone != old.Text("timeZone")) ValidateTimeZone(zone, errors);
        var policy = spec.Text("concurrencyPolicy") ?? "";
        if (policy.Length == 0) errors.Required("spec.concurrencyPolicy");
        else if (policy is not ("Allow" or "Forbid" or "Replace")) errors.NotSupported("spec.concurrencyPolicy", policy, "Allow", "Forbid", "Replace");
        var job = spec.Map("jobTemplate").Map("spec") ?? [];
        JobValidation.Validate(job, "spec.jobTemplate.spec", errors);
        if (job["selector"] is { } selector) errors.Invalid("spec.jobTemplate.spec.selector", selector, "`selector` will be auto-generated");
        if (job.Flag("manualSelector")) errors.NotSupported("spec.jobTemplate.spec.manualSelector", job["manualSelector"], "nil", "false");
        errors.NonNegative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit");
    }

    private static void ValidateSchedule(string schedule, JsonObject spec, JsonObject? old, ICollection<FieldError> errors)
    {
        try
        {
            CronSchedule.Parse(schedule);
        }
        catch (FormatException e)
        {
            errors.Invalid("spec.schedule", schedule, e.Message);
        }

        if (!schedule.Contains("TZ", StringComparison.Ordinal)) return;
        if (old.Text("schedule")?.Contains("TZ", StringComparison.Ordinal) != true) errors.Invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        else if (spec["timeZone"] is not null) errors.Invalid("spec.schedule", schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
    }

    private static void ValidateTimeZone(string zone, ICollection<FieldError> errors)
    {
        const string path = "spec.timeZone";
        if (zone.Length == 0) errors.Invalid(path, zone, "timeZone must be nil or non-empty string");
        else if (zone.Split('/').Any(p => p is "." or ".." || p.StartsWith('-') || !ZonePart().IsMatch(p))) errors.Invalid(path, zone, $"unknown time zone {zone}");
        else if (zone.Equals("Local", StringComparison.OrdinalIgnoreCase)) errors.Invalid(path, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
        else if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)) errors.Invalid(path, zone, $"unknown time zone {zone}");
    }

    [GeneratedRegex("^[A-Za-z\\.\\-_0-9+]{1,14}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZonePart();
}
