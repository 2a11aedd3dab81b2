using System.Globalization;
using k8s.Models;

namespace Minik8s.Controllers.Deployments;

/// <summary>The annotations by which a Deployment keeps its history on its ReplicaSets; <c>kubectl rollout history</c> and <c>undo</c> read them.</summary>
internal static class RevisionAnnotations
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";
    private const string History = "deployment.kubernetes.io/revision-history";
    private const int HistoryLength = 2000;

    private static readonly HashSet<string> NotCopied =
        ["kubectl.kubernetes.io/last-applied-configuration", Revision, History, DesiredReplicas, MaxReplicas, "deprecated.deployment.rollback.to"];

    /// <summary>The revision of an object; 0 when it has none.</summary>
    public static long Of(V1ObjectMeta metadata) => Number(metadata, Revision) ?? 0;

    public static long? Number(V1ObjectMeta metadata, string name) =>
        metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number : null;

    /// <summary>What the Deployment's current ReplicaSet has to bear: the Deployment's own annotations, and the revision.</summary>
    public static Dictionary<string, string> Current(V1Deployment deployment, V1ReplicaSet? present, long revision)
    {
        var annotations = new Dictionary<string, string>(present?.Metadata.Annotations ?? new Dictionary<string, string>());
        foreach (var (name, value) in deployment.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            if (!NotCopied.Contains(name)) annotations[name] = value;
        }

        var old = present is null ? 0 : Of(present.Metadata);
        if (old >= revision) return annotations;
        annotations[Revision] = revision.ToString(CultureInfo.InvariantCulture);
        if (present?.Metadata.Annotations?.ContainsKey(Revision) == true) annotations[History] = Append(annotations.GetValueOrDefault(History), old.ToString(CultureInfo.InvariantCulture));
        return annotations;
    }

    /// <summary>The annotations with the numbers from which proportional scaling starts next time.</summary>
    public static Dictionary<string, string> WithSizes(IDictionary<string, string>? present, V1Deployment deployment)
    {
        var replicas = RolloutLimits.Replicas(deployment);
        return new Dictionary<string, string>(present ?? new Dictionary<string, string>())
        {
            [DesiredReplicas] = replicas.ToString(CultureInfo.InvariantCulture),
            [MaxReplicas] = (replicas + RolloutLimits.MaxSurge(deployment)).ToString(CultureInfo.InvariantCulture),
        };
    }

    public static bool Same(IDictionary<string, string>? a, IDictionary<string, string> b) =>
        (a?.Count ?? 0) == b.Count && b.All(entry => a!.TryGetValue(entry.Key, out var value) && value == entry.Value);

    private static string Append(string? history, string revision)
    {
        if (string.IsNullOrEmpty(history)) return revision;
        var entries = history.Split(',').ToList();
        while (entries.Count > 0 && entries.Sum(e => e.Length + 1) + revision.Length > HistoryLength) entries.RemoveAt(0);
        entries.Add(revision);
        return string.Join(',', entries);
    }
}
