using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>The first manifest that a user applies.</summary>
[Collection(ClusterCollection.Name)]
public sealed class SamplePodTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly TestCluster _cluster = shared.Cluster;

    public async ValueTask InitializeAsync()
    {
        (await _cluster.Kubectl("apply", "-f", Path.Combine(Repository.Root, "samples/pod.yaml"))).Succeeded();
        await _cluster.WaitReady("pod");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.Remove("pod");
        if (Directory.Exists("/pod")) Directory.Delete("/pod", recursive: true);
    }

    [Fact]
    public async Task A_file_written_in_one_container_is_served_by_the_other_on_localhost()
    {
        (await _cluster.Kubectl("exec", "pod", "-c", "downloader", "--", "sh", "-c", "echo 123 > /data/test.txt")).Succeeded();

        var read = await _cluster.Kubectl("exec", "pod", "-c", "viewer", "--", "cat", "/usr/share/nginx/html/files/test.txt");
        Assert.Equal("123\n", read.Succeeded());

        var fetched = await _cluster.Kubectl("exec", "pod", "-c", "downloader", "--", "wget", "-qO-", "localhost:80/files/test.txt");
        Assert.Equal("123\n", fetched.Succeeded());
    }

    [Fact]
    public async Task Containers_carry_the_pods_name_namespace_and_uid_in_the_runtime()
    {
        var uid = await _cluster.PodPath("pod", "{.metadata.uid}");
        var id = (await _cluster.PodPath("pod", "{.status.containerStatuses[0].containerID}")).Replace("containerd://", "");
        var info = (await _cluster.Containerd("containers", "info", id)).Succeeded();
        Assert.Contains("\"io.kubernetes.pod.name\": \"pod\"", info);
        Assert.Contains("\"io.kubernetes.pod.namespace\": \"default\"", info);
        Assert.Contains($"\"io.kubernetes.pod.uid\": \"{uid}\"", info);
    }
}
