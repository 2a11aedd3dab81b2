using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client.Json;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Deployments;

/// <summary>The ReplicaSets that a Deployment's templates amount to.</summary>
internal static class ReplicaSetObjects
{
    public const string HashLabel = "pod-template-hash";

    /// <summary>A new ReplicaSet for the Deployment's template, without pods yet.</summary>
    public static V1ReplicaSet Make(V1Deployment deployment, long revision)
    {
        var hash = TemplateHash.Of(deployment.Spec.Template, deployment.Status?.CollisionCount);
        var template = ModelJson.Copy(deployment.Spec.Template);
        template.Metadata = (template.Metadata ?? new V1ObjectMeta()) with { Labels = WithHash(template.Metadata?.Labels, hash) };
        return new V1ReplicaSet
        {
            Metadata = new V1ObjectMeta
            {
                Name = $"{deployment.Metadata.Name}-{hash}",
                NamespaceProperty = deployment.Metadata.NamespaceProperty,
                Labels = WithHash(deployment.Spec.Template.Metadata?.Labels, hash),
                Annotations = RevisionAnnotations.WithSizes(RevisionAnnotations.Current(deployment, null, revision), deployment),
                OwnerReferences = [OwnerReferences.To(deployment)],
            },
            Spec = new V1ReplicaSetSpec
            {
                Replicas = 0,
                MinReadySeconds = deployment.Spec.MinReadySeconds,
                Selector = deployment.Spec.Selector with { MatchLabels = WithHash(deployment.Spec.Selector.MatchLabels, hash) },
                Template = template,
            },
        };
    }

    /// <summary>Whether two templates are the same but for the hash that was added to one of them.</summary>
    public static bool SameTemplate(V1PodTemplateSpec a, V1PodTemplateSpec b) => JsonNode.DeepEquals(WithoutHash(a), WithoutHash(b));

    /// <summary>The oldest ReplicaSet with the Deployment's template.</summary>
    public static V1ReplicaSet? FindNew(V1Deployment deployment, IEnumerable<V1ReplicaSet> all) =>
        ByAge(all).FirstOrDefault(rs => SameTemplate(rs.Spec.Template, deployment.Spec.Template));

    public static IEnumerable<V1ReplicaSet> ByAge(IEnumerable<V1ReplicaSet> all) =>
        all.OrderBy(rs => rs.Metadata.CreationTimestamp).ThenBy(rs => rs.Metadata.Name, StringComparer.Ordinal);

    private static Dictionary<string, string> WithHash(IDictionary<string, string>? labels, string hash) => new(labels ?? new Dictionary<string, string>()) { [HashLabel] = hash };

    private static JsonNode WithoutHash(V1PodTemplateSpec template)
    {
        var node = ModelJson.ToNode(template);
        var metadata = node["metadata"] as JsonObject;
        (metadata?["labels"] as JsonObject)?.Remove(HashLabel);
        if (metadata?["labels"] is JsonObject { Count: 0 }) metadata.Remove("labels");
        if (metadata is { Count: 0 }) node.AsObject().Remove("metadata");
        return node;
    }
}
