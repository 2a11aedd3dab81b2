using Minik8s.Api;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Streaming;

/// <summary>What matters of a pod when streaming from it.</summary>
internal sealed record StreamedPod(string Namespace, string Name, string NodeName, IReadOnlyList<string> Containers, IReadOnlyList<string> AllContainers)
{
    public static StreamedPod Parse(ReadOnlyMemory<byte> json)
    {
        using var document = ObjectJson.Document(json);
        var metadata = document.RootElement.Get("metadata");
        var spec = document.RootElement.Get("spec");
        List<string> Names(string list) => [.. spec.Items(list).Select(c => c.Text("name")).OfType<string>()];
        var containers = Names("containers");
        // In the order in which Kubernetes visits them.
        List<string> all = [.. Names("initContainers"), .. containers, .. Names("ephemeralContainers")];
        return new(metadata?.Text("namespace") ?? "", metadata?.Text("name") ?? "", spec?.Text("nodeName") ?? "", containers, all);
    }

    /// <summary>The container meant: the one asked for, or the only one.</summary>
    /// <exception cref="StatusException">400: none was named and there are several, or there is none of that name.</exception>
    public string ChooseContainer(string? asked)
    {
        if (!string.IsNullOrEmpty(asked))
        {
            return AllContainers.Contains(asked) ? asked : throw StatusErrors.BadRequest($"container {asked} is not valid for pod {Name}");
        }

        return Containers.Count switch
        {
            1 => Containers[0],
            0 => throw StatusErrors.BadRequest($"a container name must be specified for pod {Name}"),
            _ => throw StatusErrors.BadRequest($"a container name must be specified for pod {Name}, choose one of: [{string.Join(' ', AllContainers)}]"),
        };
    }
}
