using System.Globalization;
using System.Text.Json;
using Minik8s.Api.Kinds.Apps;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Apps.WorkloadCells;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>The rows that <c>kubectl get</c> shows of Jobs and CronJobs.</summary>
internal static class BatchPrinters
{
    public static ITablePrinter Job { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Status", "The status of the job.", Status),
        TablePrinter.Text("Completions", "The number of pods that finished successfully, of those that should.", Completions),
        (new TableColumn("Duration", "string", "Time required to complete the job."), Duration),
        TablePrinter.Age,
        Containers(Spec),
        Images(Spec),
        WorkloadCells.Selector("A label query over pods that should match the pod count."));

    public static ITablePrinter CronJob { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Schedule", "The schedule in cron format.", c => c.Get("spec").Text("schedule") ?? ""),
        TablePrinter.Text("Timezone", "The time zone of the schedule.", c => c.Get("spec").Text("timeZone") is { } zone ? zone : "<none>"),
        TablePrinter.Text("Suspend", "Whether further runs are suspended.", c => c.Get("spec").Get("suspend") is { } value ? value.ValueKind == JsonValueKind.True ? "True" : "False" : "<unset>"),
        TablePrinter.Number("Active", "The number of jobs that run now.", c => c.Get("status").Items("active").Count()),
        (new TableColumn("Last Schedule", "string", "When a job was last scheduled."), LastSchedule),
        TablePrinter.Age,
        Containers(JobSpec),
        Images(JobSpec),
        TablePrinter.Text("Selector", "A label query over pods that should match the pod count.", c => SelectorText(JobSpec(c).Get("selector")), 1));

    private static JsonElement? JobSpec(JsonElement cronJob) => cronJob.Get("spec").Get("jobTemplate").Get("spec");

    private static string Status(JsonElement job)
    {
        if (Is(job, "Complete")) return "Complete";
        if (Is(job, "Failed")) return "Failed";
        if (job.Get("metadata").Get("deletionTimestamp") is not null) return "Terminating";
        foreach (var condition in new[] { "Suspended", "FailureTarget", "SuccessCriteriaMet" })
        {
            if (Is(job, condition)) return condition;
        }

        return "Running";
    }

    private static bool Is(JsonElement job, string condition) => job.Get("status").Items("conditions").Any(c => c.Text("type") == condition && c.Text("status") == "True");

    private static string Completions(JsonElement job)
    {
        var succeeded = Count(job, "status", "succeeded");
        if (job.Get("spec").Get("completions") is not null) return $"{succeeded}/{Count(job, "spec", "completions")}";
        var parallelism = Count(job, "spec", "parallelism");
        return parallelism > 1 ? $"{succeeded}/1 of {parallelism}" : $"{succeeded}/1";
    }

    private static object Duration(JsonElement job, DateTimeOffset now)
    {
        if (Time(job, "startTime") is not { } start) return "";
        return HumanDuration.Format((Time(job, "completionTime") ?? now) - start);
    }

    private static object LastSchedule(JsonElement cronJob, DateTimeOffset now) => Time(cronJob, "lastScheduleTime") is { } last ? HumanDuration.Format(now - last) : "<none>";

    private static DateTimeOffset? Time(JsonElement obj, string field) =>
        DateTimeOffset.TryParse(obj.Get("status").Text(field), CultureInfo.InvariantCulture, out var time) ? time : null;
}
