using System.Globalization;
using System.Text;
using k8s.Models;
using Minik8s.Api.Quantities;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Env;

/// <summary>Works out a container's environment: the services' addresses, then <c>envFrom</c>, then <c>env</c>, where later ones win and may refer to earlier ones.</summary>
internal sealed class EnvironmentResolver(IConfigSource configs, Func<CancellationToken, Task<IReadOnlyList<V1Service>>> services) : IEnvironmentResolver
{
    private const string Error = "CreateContainerConfigError";

    public async Task<IReadOnlyList<KeyValuePair<string, string>>> ResolveAsync(V1Pod pod, V1Container container, PodRuntimeFacts facts, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>(ServiceEnvironment.For(await services(cancellationToken), pod)) { ["HOSTNAME"] = facts.HostName };
        var ns = pod.Metadata.NamespaceProperty;
        foreach (var source in container.EnvFrom ?? [])
        {
            foreach (var (key, value) in await FromAsync(ns, source, cancellationToken)) variables[source.Prefix + key] = Encoding.UTF8.GetString(value);
        }

        foreach (var variable in container.Env ?? [])
        {
            var value = variable.ValueFrom is { } from ? await ValueAsync(pod, container, from, facts, cancellationToken) : Expansion.Expand(variable.Value ?? "", variables.GetValueOrDefault);
            if (value is not null) variables[variable.Name] = value;
        }

        return [.. variables];
    }

    private async Task<IReadOnlyDictionary<string, byte[]>> FromAsync(string ns, V1EnvFromSource source, CancellationToken cancellationToken)
    {
        if (source.ConfigMapRef is { } map) return await configs.ConfigMapAsync(ns, map.Name, cancellationToken) ?? Missing(map.Optional, $"configmap \"{map.Name}\" not found");
        if (source.SecretRef is { } secret) return await configs.SecretAsync(ns, secret.Name, cancellationToken) ?? Missing(secret.Optional, $"secret \"{secret.Name}\" not found");
        return new Dictionary<string, byte[]>();
    }

    private async Task<string?> ValueAsync(V1Pod pod, V1Container container, V1EnvVarSource from, PodRuntimeFacts facts, CancellationToken cancellationToken)
    {
        var ns = pod.Metadata.NamespaceProperty;
        if (from.FieldRef is { } field) return PodFields.Value(pod, field.FieldPath, facts);
        if (from.ResourceFieldRef is { } resource) return Resource(pod, container, resource);
        if (from.ConfigMapKeyRef is { } map)
        {
            var entries = await configs.ConfigMapAsync(ns, map.Name, cancellationToken) ?? Missing(map.Optional, $"configmap \"{map.Name}\" not found");
            return Key(entries, map.Key, map.Optional, $"couldn't find key {map.Key} in ConfigMap {ns}/{map.Name}");
        }

        if (from.SecretKeyRef is { } secret)
        {
            var entries = await configs.SecretAsync(ns, secret.Name, cancellationToken) ?? Missing(secret.Optional, $"secret \"{secret.Name}\" not found");
            return Key(entries, secret.Key, secret.Optional, $"couldn't find key {secret.Key} in Secret {ns}/{secret.Name}");
        }

        return null;
    }

    /// <summary>A request or limit of a container, in units of the divisor, rounded up.</summary>
    private static string Resource(V1Pod pod, V1Container container, V1ResourceFieldSelector selector)
    {
        var target = string.IsNullOrEmpty(selector.ContainerName)
            ? container
            : pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? []).FirstOrDefault(c => c.Name == selector.ContainerName)
                ?? throw new PodSetupException(Error, $"container {selector.ContainerName} not found");
        var (kind, name) = selector.Resource.Split('.', 2) is [var k, var n] ? (k, n) : ("", "");
        var list = kind == "limits" ? target.Resources?.Limits : target.Resources?.Requests;
        var amount = list is not null && list.TryGetValue(name, out var value) ? Quantity.Parse(value.ToString()) : kind == "limits" ? OfNode(name) : Quantity.Zero;
        var divisor = selector.Divisor is { } d && Quantity.Parse(d.ToString()) is { Value: > 0 } given ? given.Value : 1;
        return decimal.Ceiling(amount.Value / divisor).ToString("0", CultureInfo.InvariantCulture);
    }

    /// <summary>Without a limit of its own a container may use what the node has.</summary>
    private static Quantity OfNode(string resource) => resource switch
    {
        "cpu" => Quantity.Parse(Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        "memory" => Quantity.Parse($"{Node.NodeObject.ReadKiB("MemTotal:")}Ki"),
        _ => Quantity.Zero,
    };

    private static string? Key(IReadOnlyDictionary<string, byte[]> entries, string key, bool? optional, string error)
    {
        if (entries.TryGetValue(key, out var value)) return Encoding.UTF8.GetString(value);
        return optional == true ? null : throw new PodSetupException(Error, error);
    }

    private static Dictionary<string, byte[]> Missing(bool? optional, string error) => optional == true ? [] : throw new PodSetupException(Error, error);
}
