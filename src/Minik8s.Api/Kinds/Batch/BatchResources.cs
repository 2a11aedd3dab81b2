using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>The kinds of <c>batch</c>.</summary>
internal static class BatchResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("batch", "v1", "CronJob", "cronjobs", new CronJobStrategy(), BatchPrinters.CronJob, ["cj"]) with { Categories = ["all"], Subresources = [Status] },
        Define("batch", "v1", "Job", "jobs", new JobStrategy(), BatchPrinters.Job) with
        {
            Categories = ["all"],
            Subresources = [Status],
            SelectableFields = [new("status.successful", ["status", "succeeded"], "0")],
        },
    ];
}
