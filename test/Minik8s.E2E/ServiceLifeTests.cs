using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>Services while the cluster's processes come and go.</summary>
public sealed class ServiceLifeTests
{
    [Fact]
    public async Task Services_go_on_without_any_process_of_the_cluster_and_their_rules_go_with_down()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Apply(PodExtensions.ScriptPod("web", "mkdir /www; hostname > /www/index.html; exec httpd -f -p 8080 -h /www", "Always", pod: "terminationGracePeriodSeconds: 0"));
        await cluster.WaitReady("web");
        (await cluster.Kubectl("label", "pod", "web", "app=web")).Succeeded();
        (await cluster.Kubectl("create", "service", "clusterip", "web", "--tcp=80:8080")).Succeeded();
        var address = (await cluster.Kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")).Succeeded();
        await AnswersAsync();

        await cluster.KillAsync();
        Assert.Equal("web\n", (await GetAsync()).Succeeded());

        await cluster.UpAsync();
        await AnswersAsync();
        (await cluster.Kubectl("delete", "service", "web")).Succeeded();
        await Eventually.True(async () => (await GetAsync()).ExitCode != 0, "the deleted service answers no more");

        (await cluster.DownAsync()).Succeeded();
        Assert.Equal("", (await cluster.Machine.RunAsync("nft", "list", "ruleset")).Succeeded());

        Task AnswersAsync() => Eventually.True(async () => (await GetAsync()).Output == "web\n", "the service answers");

        Task<ProcessResult> GetAsync() => cluster.Machine.RunAsync("timeout", "3", "busybox", "wget", "-qO-", $"http://{address}/");
    }
}
