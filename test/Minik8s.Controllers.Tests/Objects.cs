using k8s.Models;

namespace Minik8s.Controllers.Tests;

/// <summary>Objects for tests.</summary>
internal static class Objects
{
    public static V1Pod Pod(string name, string? node = "node-1", string? ip = null, bool ready = true, string phase = "Running", string ns = "default", (string Key, string Value)? label = null) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = ns,
            Labels = label is { } l ? new Dictionary<string, string> { [l.Key] = l.Value } : new Dictionary<string, string> { ["app"] = "web" },
        },
        Spec = new V1PodSpec { NodeName = node, Containers = [new V1Container { Name = "main", Image = "busybox" }] },
        Status = new V1PodStatus
        {
            Phase = phase,
            PodIP = ip,
            PodIPs = ip is null ? null : [new V1PodIP { Ip = ip }],
            Conditions = [new V1PodCondition { Type = "Ready", Status = ready ? "True" : "False" }],
        },
    };

    public static V1Service Service(string name, params V1ServicePort[] ports) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Spec = new V1ServiceSpec
        {
            Selector = new Dictionary<string, string> { ["app"] = "web" },
            ClusterIP = "10.43.0.5",
            Ports = ports.Length > 0 ? ports : [new V1ServicePort { Port = 80, TargetPort = 8080, Protocol = "TCP" }],
        },
    };

    public static V1Node Node(string name, string ready = "True") => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new V1NodeSpec(),
        Status = new V1NodeStatus
        {
            Conditions =
            [
                .. new[] { "MemoryPressure", "DiskPressure", "PIDPressure" }.Select(type => new V1NodeCondition { Type = type, Status = "False", LastHeartbeatTime = Heartbeat }),
                new V1NodeCondition { Type = "Ready", Status = ready, Reason = "KubeletReady", LastHeartbeatTime = Heartbeat },
            ],
        },
    };

    public static readonly DateTime Heartbeat = new(2026, 1, 1, 11, 59, 0, DateTimeKind.Utc);
}
