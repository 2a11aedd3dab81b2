using k8s.Models;

namespace Minik8s.Kubelet.Node;

/// <summary>What changes about a node.</summary>
/// <param name="RuntimeVersion">Name and version of the container runtime.</param>
/// <param name="Ready">Whether pods can run.</param>
/// <param name="Message">Why, or why not.</param>
/// <param name="Pressure">What the machine runs short of.</param>
/// <param name="Images">The largest images, as many as Kubernetes reports.</param>
internal sealed record NodeFacts(string RuntimeVersion, bool Ready, string Message, NodePressure Pressure, IReadOnlyList<V1ContainerImage> Images);
