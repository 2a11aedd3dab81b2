using Minik8s.Api.Decoding;
using Minik8s.Api.Kinds;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Tests.Decoding;

/// <summary>The tables of field numbers against the schemas that are served.</summary>
public sealed class ProtobufFieldsTests
{
    /// <summary>Fields that are younger than the tables (later than Kubernetes 1.35): only JSON bodies carry them.</summary>
    private static readonly HashSet<string> Younger =
    [
        "batch.v1.JobSpec.scheduling", "authentication.v1.TokenRequestSpec.attestations", "autoscaling.v2.HorizontalPodAutoscalerCondition.observedGeneration",
        "core.v1.ClusterTrustBundleProjection.user", "core.v1.ConfigMapVolumeSource.defaultUser", "core.v1.DownwardAPIVolumeFile.user",
        "core.v1.DownwardAPIVolumeSource.defaultUser", "core.v1.EmptyDirVolumeSource.mode", "core.v1.GRPCAction.mode", "core.v1.HTTPGetAction.protocol",
        "core.v1.KeyToPath.user", "core.v1.NodeSpec.podPreemptionPolicy", "core.v1.NodeStatus.declaredFeatures", "core.v1.NodeSystemInfo.runningInUserNamespace",
        "core.v1.PersistentVolumeClaimStatus.healthStatus", "core.v1.PodCertificateProjection.user", "core.v1.PodSpec.evictionResponders",
        "core.v1.PodSpec.schedulingGroup", "core.v1.PodStatus.nodeAllocatableResourceClaimStatuses", "core.v1.PodStatus.volumeHealth",
        "core.v1.ProjectedVolumeSource.defaultUser", "core.v1.ResourceHealth.message", "core.v1.SecretVolumeSource.defaultUser",
        "core.v1.ServiceAccountTokenProjection.user", "core.v1.VolumeMount.bindMountOptions", "storage.v1.CSIDriverSpec.preventPodSchedulingIfMissing",
        "storage.v1.CSINode.status",
    ];

    public static TheoryData<string> Kinds =>
        [.. BuiltInResources.All.Select(r => r.Kind).Where(k => k.Group != "apiextensions.k8s.io").Select(BuiltInSchemas.DefinitionName).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_of_a_served_kind_has_a_number(string kind)
    {
        var problems = new List<string>();
        Walk(BuiltInSchemas.Get(kind), [], problems);
        Assert.Empty(problems);
    }

    private static void Walk(Schema schema, HashSet<string> seen, List<string> problems)
    {
        var prefix = schema.Name?.Replace("io.k8s.api.", "", StringComparison.Ordinal);
        foreach (var (field, child) in schema.Properties) Descend(child, $"{prefix}.{field}");
        Descend(schema.Items, "");
        Descend(schema.AdditionalProperties, "");
        if (schema is not { Type: SchemaType.Object, Name: { } name }) return;
        if (ProtobufFields.Of(name) is null)
        {
            problems.Add($"{prefix} has no table");
            return;
        }

        var numbered = Names(name).ToHashSet(StringComparer.Ordinal);
        // apiVersion and kind of a whole object stand in the envelope.
        string[] whole = schema.Properties.ContainsKey("metadata") ? ["apiVersion", "kind"] : [];
        problems.AddRange(schema.Properties.Keys.Except(numbered).Except(whole).Select(f => $"{prefix}.{f}").Except(Younger).Select(f => $"{f} has no number"));
        problems.AddRange(numbered.Except(schema.Properties.Keys).Select(f => $"{prefix}.{f} is not in the schema"));

        void Descend(Schema? child, string path)
        {
            if (child is not null && !Younger.Contains(path) && (child.Name is null || seen.Add(child.Name))) Walk(child, seen, problems);
        }
    }

    private static IEnumerable<string> Names(string definition) =>
        ProtobufFields.Of(definition)!.Values.SelectMany(f => f.Inline is { } inline ? Names(inline) : [f.Name]);
}
