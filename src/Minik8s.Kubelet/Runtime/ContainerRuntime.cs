using Grpc.Net.Client;
using Minik8s.Kubelet.Cri;

namespace Minik8s.Kubelet.Runtime;

/// <summary>The container runtime as pods need it. Labels tell which pod and container something belongs to, so nothing has to be remembered.</summary>
internal sealed class ContainerRuntime(GrpcChannel channel)
{
    public const string PodNameLabel = "io.kubernetes.pod.name";
    public const string PodNamespaceLabel = "io.kubernetes.pod.namespace";
    public const string PodUidLabel = "io.kubernetes.pod.uid";
    public const string ContainerNameLabel = "io.kubernetes.container.name";

    public RuntimeService.RuntimeServiceClient Service { get; } = new(channel);

    public ImageService.ImageServiceClient Images { get; } = new(channel);

    /// <summary>The uids of all pods that have a sandbox here.</summary>
    public async Task<IReadOnlySet<string>> PodUidsAsync(CancellationToken cancellationToken)
    {
        var list = await Service.ListPodSandboxAsync(new ListPodSandboxRequest(), cancellationToken: cancellationToken);
        return list.Items.Select(s => s.Metadata.Uid).ToHashSet();
    }

    public async Task<PodView> ViewAsync(string uid, CancellationToken cancellationToken)
    {
        var filter = new Dictionary<string, string> { [PodUidLabel] = uid };
        var sandboxes = await Service.ListPodSandboxAsync(new ListPodSandboxRequest { Filter = new PodSandboxFilter { LabelSelector = { filter } } }, cancellationToken: cancellationToken);
        var containers = await Service.ListContainersAsync(new ListContainersRequest { Filter = new ContainerFilter { LabelSelector = { filter } } }, cancellationToken: cancellationToken);
        var sandboxStatuses = new List<PodSandboxStatus>();
        foreach (var sandbox in sandboxes.Items.OrderByDescending(s => s.CreatedAt))
        {
            sandboxStatuses.Add((await Service.PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = sandbox.Id }, cancellationToken: cancellationToken)).Status);
        }

        var containerStatuses = new List<ContainerStatus>();
        foreach (var container in containers.Containers.OrderByDescending(c => c.CreatedAt))
        {
            containerStatuses.Add((await Service.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = container.Id }, cancellationToken: cancellationToken)).Status);
        }

        return new(uid, sandboxStatuses, containerStatuses);
    }

    public async Task StopContainerAsync(string id, long graceSeconds, CancellationToken cancellationToken) =>
        await Service.StopContainerAsync(new StopContainerRequest { ContainerId = id, Timeout = graceSeconds }, cancellationToken: cancellationToken);

    /// <summary>Stops and removes everything of a pod.</summary>
    public async Task RemovePodAsync(PodView view, CancellationToken cancellationToken)
    {
        foreach (var sandbox in view.Sandboxes)
        {
            await Service.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandbox.Id }, cancellationToken: cancellationToken);
            await Service.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandbox.Id }, cancellationToken: cancellationToken);
        }
    }
}
