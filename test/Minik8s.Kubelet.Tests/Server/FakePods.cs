using System.Collections.Concurrent;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Tests.Server;

/// <summary>A node with the pod default/web, whose container "app" runs.</summary>
internal sealed class FakePods : IPodRuntimeView
{
    public ConcurrentDictionary<(string Container, bool Previous), RuntimeContainer> Containers { get; } = new();

    public string? Sandbox { get; set; } = "sandbox-1";

    public bool PodExists(string podNamespace, string pod) => podNamespace == "default" && pod == "web";

    public RuntimeContainer? FindContainer(string podNamespace, string pod, string container, bool previous) => Containers.GetValueOrDefault((container, previous));

    public string? FindSandbox(string podNamespace, string pod) => Sandbox;

    public string? WaitingReason(string podNamespace, string pod, string container) => container == "slow" ? "ContainerCreating" : null;
}
