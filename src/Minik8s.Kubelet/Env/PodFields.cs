using System.Globalization;
using k8s.Models;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Env;

/// <summary>The fields of a pod that containers may ask for (the downward API).</summary>
internal static class PodFields
{
    public static string Value(V1Pod pod, string path, PodRuntimeFacts? facts)
    {
        var key = path.IndexOf("['", StringComparison.Ordinal) is > 0 and var at ? path[(at + 2)..^2] : null;
        return path switch
        {
            "metadata.name" => pod.Metadata.Name,
            "metadata.namespace" => pod.Metadata.NamespaceProperty,
            "metadata.uid" => pod.Metadata.Uid,
            "metadata.labels" => Lines(pod.Metadata.Labels),
            "metadata.annotations" => Lines(pod.Metadata.Annotations),
            "spec.nodeName" => pod.Spec.NodeName,
            "spec.serviceAccountName" => pod.Spec.ServiceAccountName,
            "status.hostIP" or "status.hostIPs" => facts?.HostIP ?? "",
            "status.podIP" => facts?.PodIPs.FirstOrDefault() ?? "",
            "status.podIPs" => string.Join(',', facts?.PodIPs ?? []),
            _ when path.StartsWith("metadata.labels['", StringComparison.Ordinal) => pod.Metadata.Labels?.TryGetValue(key!, out var label) == true ? label : "",
            _ when path.StartsWith("metadata.annotations['", StringComparison.Ordinal) => pod.Metadata.Annotations?.TryGetValue(key!, out var note) == true ? note : "",
            _ => throw new PodSetupException("CreateContainerConfigError", $"unsupported fieldPath: {path}"),
        };
    }

    private static string Lines(IDictionary<string, string>? map) =>
        string.Join('\n', (map ?? new Dictionary<string, string>()).OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Key}=\"{e.Value}\"")));
}
