using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>Each component in a process of its own, killed and started again.</summary>
public sealed class ComponentsTests
{
    [Fact]
    public async Task Components_in_processes_of_their_own_make_a_cluster_and_each_may_be_killed()
    {
        await using var cluster = await TestCluster.StartComponentsAsync();
        await cluster.Apply(PodExtensions.ScriptPod("steady", "sleep 100000", "Always", pod: "terminationGracePeriodSeconds: 0"));
        await cluster.WaitReady("steady");
        var id = await cluster.PodPath("steady", "{.status.containerStatuses[0].containerID}");

        foreach (var component in new[] { "scheduler", "controller-manager", "agent", "apiserver" })
        {
            await cluster.KillAsync(component);
            await cluster.LaunchAsync(component);
            await Eventually.True(async () => (await cluster.Kubectl("get", "--raw", "/readyz")).ExitCode == 0, "the API server answers");
            var pod = $"after-{component}";
            await cluster.Apply(PodExtensions.ScriptPod(pod, "sleep 100000", "Always", pod: "terminationGracePeriodSeconds: 0"));
            await cluster.WaitReady(pod);
        }

        Assert.Equal(id, await cluster.PodPath("steady", "{.status.containerStatuses[0].containerID}"));
        Assert.Equal("steady\n", (await cluster.Kubectl("exec", "steady", "--", "hostname")).Succeeded());
        (await cluster.DownAsync()).Succeeded();
        Assert.DoesNotContain(cluster.Directory, (await Shell.RunAsync("ps", ["-ewwo", "args"])).Output);
    }
}
