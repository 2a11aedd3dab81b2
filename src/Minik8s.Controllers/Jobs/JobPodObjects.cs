using System.Globalization;
using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>The pods that a job makes.</summary>
internal static class JobPodObjects
{
    // What a name has room for before the random part, as the API server cuts it.
    private const int MaxPrefixLength = 63 - 5;
    private const string IndexVariable = "JOB_COMPLETION_INDEX";

    /// <param name="job">Its job.</param>
    /// <param name="index">Its completion index, of a job that has them.</param>
    /// <param name="replaced">The failed pod of that index that it replaces, where failures are limited per index.</param>
    public static V1Pod Make(V1Job job, int? index, V1Pod? replaced)
    {
        var pod = PodControl.FromTemplate(job, job.Spec.Template);
        pod.Metadata.Finalizers = [.. (pod.Metadata.Finalizers ?? []).Where(f => f != JobPodFacts.Finalizer), JobPodFacts.Finalizer];
        if (index is not { } number) return pod;
        var text = number.ToString(CultureInfo.InvariantCulture);
        (pod.Metadata.Annotations ??= new Dictionary<string, string>())[JobPodFacts.IndexKey] = text;
        (pod.Metadata.Labels ??= new Dictionary<string, string>())[JobPodFacts.IndexKey] = text;
        pod.Metadata.GenerateName = Prefix(job.Metadata.Name, $"-{text}-");
        pod.Spec.Hostname = $"{job.Metadata.Name}-{text}";
        foreach (var container in (pod.Spec.InitContainers ?? []).Concat(pod.Spec.Containers)) AddIndexVariable(container);
        if (job.Spec.BackoffLimitPerIndex is not null) CountFailures(job, pod, replaced);
        return pod;
    }

    private static string Prefix(string name, string suffix) => name.Length + suffix.Length > MaxPrefixLength ? name[..(MaxPrefixLength - suffix.Length)] + suffix : name + suffix;

    private static void AddIndexVariable(V1Container container)
    {
        if (container.Env?.Any(v => v.Name == IndexVariable) == true) return;
        container.Env = [.. container.Env ?? [], new V1EnvVar
        {
            Name = IndexVariable,
            ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = $"metadata.labels['{JobPodFacts.IndexKey}']" } },
        }];
    }

    private static void CountFailures(V1Job job, V1Pod pod, V1Pod? replaced)
    {
        var (counted, ignored) = (0, 0);
        if (replaced is not null)
        {
            var counts = FailurePolicy.Match(job.Spec, replaced).Counts;
            counted = JobPodFacts.FailureCount(replaced) + (counts ? 1 : 0);
            ignored = JobPodFacts.IgnoredFailureCount(replaced) + (counts ? 0 : 1);
        }

        pod.Metadata.Annotations[JobPodFacts.FailureCountKey] = counted.ToString(CultureInfo.InvariantCulture);
        if (ignored > 0) pod.Metadata.Annotations[JobPodFacts.IgnoredFailureCountKey] = ignored.ToString(CultureInfo.InvariantCulture);
    }
}
