using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>Services while the cluster's processes come and go.</summary>
public sealed class ServiceLifeTests
{
    [Fact]
    public async Task The_proxy_runs_as_a_service_of_its_own_and_follows_changes_after_it_was_killed()
    {
        await using var cluster = await TestCluster.StartComponentsAsync();
        await cluster.KillAsync("agent");
        await cluster.Machine.RunAsync("nft", "delete", "table", "ip", "minik8s-proxy");
        await cluster.LaunchAsync("kubelet");
        await cluster.LaunchAsync("proxy");
        foreach (var pod in new[] { "one", "two" })
        {
            await cluster.Apply(PodExtensions.ScriptPod(pod, "mkdir /www; hostname > /www/index.html; exec httpd -f -p 8080 -h /www", "Always", pod: "terminationGracePeriodSeconds: 0"));
            await cluster.WaitReady(pod);
        }

        (await cluster.Kubectl("create", "service", "clusterip", "web", "--tcp=80:8080")).Succeeded();
        (await cluster.Kubectl("label", "pod", "one", "app=web")).Succeeded();
        var address = (await cluster.Kubectl("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")).Succeeded();
        await AnswersAsync("one\n");

        await cluster.KillAsync("proxy");
        (await cluster.Kubectl("label", "pod", "one", "app-")).Succeeded();
        (await cluster.Kubectl("label", "pod", "two", "app=web")).Succeeded();
        await cluster.LaunchAsync("proxy");
        await AnswersAsync("two\n");
        (await cluster.Machine.RunAsync("busybox", "wget", "-qO-", "http://127.0.0.1:10256/healthz")).Succeeded();

        (await cluster.DownAsync()).Succeeded();
        Assert.Equal("", (await cluster.Machine.RunAsync("nft", "list", "ruleset")).Succeeded());

        Task AnswersAsync(string text) => Eventually.True(
            async () => (await cluster.Machine.RunAsync("timeout", "3", "busybox", "wget", "-qO-", $"http://{address}/")).Output == text, $"the service answers {text.Trim()}");
    }

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
