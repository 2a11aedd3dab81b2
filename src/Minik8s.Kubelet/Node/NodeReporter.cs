using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Runtime;

namespace Minik8s.Kubelet.Node;

/// <summary>Registers the node, renews its lease every ten seconds, and reports its status when it changes and every five minutes.</summary>
internal sealed partial class NodeReporter(KubeletOptions options, KubeClient client, ContainerRuntime runtime, TimeProvider time, ILogger<NodeReporter> logger)
{
    private const int LeaseSeconds = 40;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FullReport = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ImageReport = TimeSpan.FromMinutes(1);
    private const int MaxImages = 50;
    private const int MaxImageNames = 5;

    private IReadOnlyList<V1ContainerImage> _images = [];
    private DateTimeOffset _imagesAt = DateTimeOffset.MinValue;
    private V1NodeStatus? _reported;
    private string _reportedText = "";
    private DateTimeOffset _reportedAt;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var registered = false;
        while (true)
        {
            var pause = Beat;
            try
            {
                if (!registered) await RegisterAsync(cancellationToken);
                registered = true;
                await ReportAsync(cancellationToken);
                await RenewAsync(cancellationToken);
            }
            catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException && !cancellationToken.IsCancellationRequested)
            {
                // A node that somebody has deleted registers again.
                registered = registered && e is not ApiException { IsNotFound: true };
                LogFailed(e.Message);
                pause = Retry;
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var wanted = NodeObject.Registration(options);
        if (await client.Resource<V1Node>().FindAsync(options.NodeName, null, cancellationToken) is null)
        {
            await client.Resource<V1Node>().CreateAsync(wanted, cancellationToken);
            LogRegistered(options.NodeName);
            return;
        }

        var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = ModelJson.ToNode(wanted)["metadata"]!["labels"]!.DeepClone() }, ["spec"] = ModelJson.ToNode(wanted)["spec"]!.DeepClone() };
        await client.Resource<V1Node>().PatchAsync(options.NodeName, null, PatchKind.StrategicMerge, Encoding.UTF8.GetBytes(patch.ToJsonString()), null, cancellationToken);
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var status = NodeObject.Status(options, await FactsAsync(now, cancellationToken), _reported, now.UtcDateTime);
        var report = ModelJson.ToNode(new V1Node { Status = status })["status"]!.AsObject();
        foreach (var condition in report["conditions"]!.AsArray()) condition!.AsObject().Remove("lastHeartbeatTime");
        var text = report.ToJsonString();
        if (text == _reportedText && now - _reportedAt < FullReport) return;
        var patch = new JsonObject { ["status"] = ModelJson.ToNode(new V1Node { Status = status })["status"]!.DeepClone() };
        await client.Resource<V1Node>().PatchAsync(options.NodeName, null, PatchKind.StrategicMerge, Encoding.UTF8.GetBytes(patch.ToJsonString()), "status", cancellationToken);
        (_reported, _reportedText, _reportedAt) = (status, text, now);
    }

    private async Task<NodeFacts> FactsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var pressure = NodePressure.Read(options.RootDir);
        try
        {
            var version = await runtime.Service.VersionAsync(new VersionRequest(), cancellationToken: cancellationToken);
            var status = await runtime.Service.StatusAsync(new StatusRequest(), cancellationToken: cancellationToken);
            if (now - _imagesAt >= ImageReport) (_images, _imagesAt) = (await ImagesAsync(cancellationToken), now);
            var failed = status.Status.Conditions.Where(c => !c.Status).Select(c => $"container runtime network not ready: {c.Type}=false reason:{c.Reason} message:{c.Message}").ToList();
            return new($"{version.RuntimeName}://{version.RuntimeVersion}", failed.Count == 0, failed.Count == 0 ? "kubelet is posting ready status" : string.Join(", ", failed), pressure, _images);
        }
        catch (Grpc.Core.RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new(_reported?.NodeInfo?.ContainerRuntimeVersion ?? "", false, $"container runtime is down: {e.Status.Detail}", pressure, _images);
        }
    }

    private async Task<IReadOnlyList<V1ContainerImage>> ImagesAsync(CancellationToken cancellationToken)
    {
        var list = await runtime.Images.ListImagesAsync(new ListImagesRequest(), cancellationToken: cancellationToken);
        return
        [
            .. list.Images.OrderByDescending(i => i.Size).ThenBy(i => i.Id, StringComparer.Ordinal).Take(MaxImages)
                .Select(i => new V1ContainerImage { Names = [.. i.RepoDigests.Concat(i.RepoTags).Take(MaxImageNames)], SizeBytes = (long)i.Size }),
        ];
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var leases = client.Resource<V1Lease>();
        var lease = await leases.FindAsync(options.NodeName, "kube-node-lease", cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        if (lease is null)
        {
            await leases.CreateAsync(
                new V1Lease
                {
                    Metadata = new V1ObjectMeta { Name = options.NodeName, NamespaceProperty = "kube-node-lease" },
                    Spec = new V1LeaseSpec { HolderIdentity = options.NodeName, LeaseDurationSeconds = LeaseSeconds, RenewTime = now },
                },
                cancellationToken);
            return;
        }

        lease.Spec.RenewTime = now;
        lease.Spec.HolderIdentity = options.NodeName;
        await leases.UpdateAsync(lease, cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "Registered node {Node}")]
    private partial void LogRegistered(string node);

    [LoggerMessage(LogLevel.Warning, "The node could not be reported and will be again: {Reason}")]
    private partial void LogFailed(string reason);
}
