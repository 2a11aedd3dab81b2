using System.Text;
using k8s.Models;
using Minik8s.Client;

namespace Minik8s.Kubelet.Env;

/// <summary>Where the contents of ConfigMaps and Secrets come from.</summary>
internal interface IConfigSource
{
    /// <summary>The entries of a ConfigMap; null when there is none of that name.</summary>
    Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string ns, string name, CancellationToken cancellationToken);

    /// <summary>The entries of a Secret; null when there is none of that name.</summary>
    Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string ns, string name, CancellationToken cancellationToken);
}

/// <summary>Reads them from the API server when a pod needs them.</summary>
internal sealed class ApiConfigSource(KubeClient client) : IConfigSource
{
    public async Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string ns, string name, CancellationToken cancellationToken)
    {
        if (await client.Resource<V1ConfigMap>().FindAsync(name, ns, cancellationToken) is not { } map) return null;
        var entries = (map.Data ?? new Dictionary<string, string>()).ToDictionary(e => e.Key, e => Encoding.UTF8.GetBytes(e.Value));
        foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, byte[]>()) entries[key] = value;
        return entries;
    }

    public async Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string ns, string name, CancellationToken cancellationToken) =>
        await client.Resource<V1Secret>().FindAsync(name, ns, cancellationToken) is { } secret ? secret.Data?.ToDictionary() ?? [] : null;
}
