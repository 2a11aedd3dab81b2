using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Endpoints;

/// <summary>Which services a pod is behind, and which of its changes they have to hear of.</summary>
internal static class ServicePods
{
    /// <summary>Whether a service's endpoints are worked out from its selector.</summary>
    public static bool HasSelector(V1Service service) => service.Spec is { Type: not "ExternalName", Selector.Count: > 0 };

    /// <summary>Whether the labels satisfy the service's selector.</summary>
    public static bool Matches(V1Service service, IDictionary<string, string>? labels) =>
        HasSelector(service) && labels is not null && service.Spec.Selector.All(s => labels.TryGetValue(s.Key, out var value) && value == s.Value);

    /// <summary>The services in the pod's namespace that select it.</summary>
    public static IEnumerable<ObjectKey> ServicesOf(ILister<V1Service> services, V1Pod pod) =>
        services.ByIndex(Indexes.Namespace, pod.Metadata.NamespaceProperty).Where(s => Matches(s, pod.Metadata.Labels)).Select(s => ObjectKey.Of(s));

    /// <summary>Whether anything that shows in endpoints differs.</summary>
    public static bool EndpointChanged(V1Pod old, V1Pod now) =>
        old.Metadata.DeletionTimestamp is null != now.Metadata.DeletionTimestamp is null
        || old.Spec?.NodeName != now.Spec?.NodeName
        || old.Status?.Phase != now.Status?.Phase
        || old.Status?.PodIP != now.Status?.PodIP
        || (old.Status?.PodIPs?.Count ?? 0) != (now.Status?.PodIPs?.Count ?? 0)
        || IsReady(old) != IsReady(now)
        || LabelsChanged(old, now);

    public static bool LabelsChanged(V1Pod old, V1Pod now)
    {
        var (a, b) = (old.Metadata.Labels, now.Metadata.Labels);
        return (a?.Count ?? 0) != (b?.Count ?? 0) || (a is not null && a.Any(l => !b!.TryGetValue(l.Key, out var value) || value != l.Value));
    }

    public static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) ?? false;

    public static bool IsOver(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    /// <summary>The port on a pod that a service's port leads to; null when the pod has no port of that name.</summary>
    public static int? TargetPort(V1ServicePort port, V1Pod pod)
    {
        var target = port.TargetPort?.Value;
        if (string.IsNullOrEmpty(target)) return port.Port;
        if (int.TryParse(target, out var number)) return number == 0 ? port.Port : number;
        var protocol = Protocol(port.Protocol);
        foreach (var container in (pod.Spec.Containers ?? []).Concat((pod.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always")))
        {
            if (container.Ports?.FirstOrDefault(p => p.Name == target && Protocol(p.Protocol) == protocol) is { } named) return named.ContainerPort;
        }

        return null;
    }

    public static string Protocol(string? protocol) => string.IsNullOrEmpty(protocol) ? "TCP" : protocol;

    /// <summary>The pod's name in the service's domain, which only pods of its subdomain have.</summary>
    public static string? HostName(V1Service service, V1Pod pod) =>
        !string.IsNullOrEmpty(pod.Spec.Hostname) && pod.Spec.Subdomain == service.Metadata.Name ? pod.Spec.Hostname : null;

    public static V1ObjectReference Reference(V1Pod pod) => new()
    {
        Kind = "Pod",
        NamespaceProperty = pod.Metadata.NamespaceProperty,
        Name = pod.Metadata.Name,
        Uid = pod.Metadata.Uid,
    };
}
