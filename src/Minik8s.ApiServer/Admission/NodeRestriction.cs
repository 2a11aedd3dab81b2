using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Authorization.Node;

namespace Minik8s.ApiServer.Admission;

/// <summary>A node changes only its own Node, lease and pods, and gives itself no labels that decide where pods of trust run (Kubernetes' NodeRestriction).</summary>
internal sealed class NodeRestriction : IAdmission
{
    private const string MirrorAnnotation = "kubernetes.io/config.mirror";
    private const string LeaseNamespace = "kube-node-lease";

    private static readonly HashSet<string> AllowedLabels =
    [
        "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type", "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
    ];

    private static readonly string[] AllowedNamespaces = ["kubelet.kubernetes.io", "node.kubernetes.io"];

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.User is not { } user || !NodeName.TryRead(user, out var node)) return default;
        if (node.Length == 0) throw Refused(request, $"could not determine node from user {GoText.Quote(user.Name)}");
        switch (request.Resource.Kind.Kind)
        {
            case "Pod" when request.Resource.Kind.Group.Length == 0:
                CheckPod(request, node);
                break;
            case "Node" when request.Resource.Kind.Group.Length == 0:
                CheckNode(request, node);
                break;
            case "Lease":
                CheckLease(request, node);
                break;
            case "CSINode" when Name(request) != node:
                throw Refused(request, $"can only access CSINode with the same name as the requesting node");
            case "PersistentVolumeClaim" when request.Operation != AdmissionOperation.Update || request.Subresource != "status":
                throw Refused(request, $"may only update PVC status");
            case "CertificateSigningRequest" when request.Operation == AdmissionOperation.Create:
                CertificateSubject.CheckNode(request, node);
                break;
        }

        return default;
    }

    private static void CheckPod(AdmissionRequest request, string node)
    {
        switch (request.Operation, request.Subresource)
        {
            case (AdmissionOperation.Create, ""):
                CheckMirrorPod(request, node);
                break;
            case (AdmissionOperation.Delete, ""):
                if (NodeOf(request.Old) != node) throw Refused(request, $"node {GoText.Quote(node)} can only delete pods with spec.nodeName set to itself");
                break;
            case (AdmissionOperation.Update, "status"):
                if (NodeOf(request.Old) != node) throw Refused(request, $"node {GoText.Quote(node)} can only update pod status for pods with spec.nodeName set to itself");
                if (!JsonNode.DeepEquals(request.Object.Map("metadata")?["labels"], request.Old.Map("metadata")?["labels"])) throw Refused(request, $"node {GoText.Quote(node)} cannot update labels through pod status");
                break;
            default:
                throw Refused(request, $"unexpected operation \"{request.Operation.ToString().ToUpperInvariant()}\", node {GoText.Quote(node)} can only create and delete mirror pods");
        }
    }

    private static void CheckMirrorPod(AdmissionRequest request, string node)
    {
        var (metadata, spec) = (request.Object.Map("metadata"), request.Object.Map("spec"));
        if (metadata.Map("annotations").Text(MirrorAnnotation) is null) throw Refused(request, $"pod does not have \"{MirrorAnnotation}\" annotation, node {GoText.Quote(node)} can only create mirror pods");
        if (NodeOf(request.Object) != node) throw Refused(request, $"node {GoText.Quote(node)} can only create pods with spec.nodeName set to itself");
        var owners = metadata.Items("ownerReferences").ToList();
        if (owners.Count != 1 || owners[0].Text("kind") != "Node" || owners[0].Text("name") != node || !owners[0].Flag("controller"))
        {
            throw Refused(request, $"node {GoText.Quote(node)} can only create pods with an owner reference set to itself");
        }

        if (spec.Text("serviceAccountName") is { Length: > 0 } account && account != "default") throw Refused(request, $"node {GoText.Quote(node)} can not create pods that reference a service account");
        var references = PodReferences.Of(System.Text.Encoding.UTF8.GetBytes(WithoutMirror(request.Object).ToJsonString()));
        foreach (var (kind, text) in new[] { (GraphKind.Secret, "secrets"), (GraphKind.ConfigMap, "configmaps"), (GraphKind.PersistentVolumeClaim, "persistentvolumeclaims") })
        {
            if (references.Any(r => r.Kind == kind)) throw Refused(request, $"node {GoText.Quote(node)} can not create pods that reference {text}");
        }
    }

    private static JsonObject WithoutMirror(JsonObject pod)
    {
        var copy = pod.DeepClone().AsObject();
        copy.Map("metadata").Map("annotations")?.Remove(MirrorAnnotation);
        return copy;
    }

    private static void CheckNode(AdmissionRequest request, string node)
    {
        var name = Name(request);
        if (request.Operation == AdmissionOperation.Delete) throw Refused(request, $"node {GoText.Quote(node)} is not allowed to delete node {GoText.Quote(name)}");
        if (name != node) throw Refused(request, $"node {GoText.Quote(node)} is not allowed to modify node {GoText.Quote(name)}");
        var (now, before) = (request.Object.Map("metadata").Map("labels"), request.Old.Map("metadata").Map("labels"));
        var changed = (now ?? []).Select(l => l.Key).Concat((before ?? []).Select(l => l.Key)).Distinct().Where(k => now.Text(k) != before.Text(k)).Where(IsReserved).Order(StringComparer.Ordinal).ToList();
        if (changed.Count > 0)
        {
            throw Refused(request, request.Old is null
                ? $"is not allowed to set the following labels: {string.Join(", ", changed)}"
                : $"is not allowed to modify labels: {string.Join(", ", changed)}");
        }

        if (request.Old is null) return;
        if (!JsonNode.DeepEquals(request.Object.Map("spec")?["taints"], request.Old.Map("spec")?["taints"])) throw Refused(request, $"node {GoText.Quote(node)} is not allowed to modify taints");
        if (!JsonNode.DeepEquals(request.Object.Map("metadata")?["ownerReferences"], request.Old.Map("metadata")?["ownerReferences"])) throw Refused(request, $"node {GoText.Quote(node)} is not allowed to modify ownerReferences");
    }

    private static void CheckLease(AdmissionRequest request, string node)
    {
        if (request.Namespace != LeaseNamespace) throw Refused(request, $"can only access leases in the \"{LeaseNamespace}\" system namespace");
        if (Name(request) != node) throw Refused(request, "can only access node lease with the same name as the requesting node");
    }

    /// <summary>Labels of Kubernetes' own domains decide where pods go: only the harmless ones are a node's to set.</summary>
    private static bool IsReserved(string key)
    {
        if (AllowedLabels.Contains(key)) return false;
        var slash = key.IndexOf('/');
        if (slash < 0) return false;
        var domain = key[..slash];
        if (AllowedNamespaces.Any(a => domain == a || domain.EndsWith("." + a, StringComparison.Ordinal)) && domain != "node-restriction.kubernetes.io") return false;
        return domain is "kubernetes.io" or "k8s.io" || domain.EndsWith(".kubernetes.io", StringComparison.Ordinal) || domain.EndsWith(".k8s.io", StringComparison.Ordinal);
    }

    private static string Name(AdmissionRequest request) => request.Object.Map("metadata").Text("name") ?? "";

    private static string NodeOf(JsonObject? pod) => pod.Map("spec").Text("nodeName") ?? "";

    internal static StatusException Refused(AdmissionRequest request, string why) => StatusErrors.Forbidden(request.Resource.GroupResource, Name(request), why);
}
