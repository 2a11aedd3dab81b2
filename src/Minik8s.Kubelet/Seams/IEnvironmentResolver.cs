using k8s.Models;

namespace Minik8s.Kubelet.Seams;

/// <summary>Works out the environment variables of a container.</summary>
internal interface IEnvironmentResolver
{
    /// <summary>The variables in order, with references expanded.</summary>
    /// <exception cref="PodSetupException">A ConfigMap, Secret or key is missing (<c>CreateContainerConfigError</c>).</exception>
    Task<IReadOnlyList<KeyValuePair<string, string>>> ResolveAsync(V1Pod pod, V1Container container, PodRuntimeFacts facts, CancellationToken cancellationToken);
}
