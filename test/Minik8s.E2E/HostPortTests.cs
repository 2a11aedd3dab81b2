using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>Host ports, which share the node's addresses with services.</summary>
[Collection(ClusterCollection.Name)]
public sealed class HostPortTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly TestCluster _cluster = shared.Cluster;

    public async ValueTask InitializeAsync()
    {
        const string answer = "mkdir -p /www/cgi-bin; printf \"#!/bin/sh\\necho; echo \\$REMOTE_ADDR\\n\" > /www/cgi-bin/who; chmod +x /www/cgi-bin/who; exec httpd -f -p 8080 -h /www";
        await _cluster.Apply(PodExtensions.ScriptPod(
            "host-port", answer, "Always", container: "ports: [{containerPort: 8080, hostPort: 18081}]", pod: "terminationGracePeriodSeconds: 0"));
        await _cluster.Apply(PodExtensions.ScriptPod("asking", "sleep 100000", "Always", pod: "terminationGracePeriodSeconds: 0"));
        await _cluster.WaitReady("host-port");
        await _cluster.WaitReady("asking");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.Remove("host-port");
        await _cluster.Remove("asking");
    }

    [Fact]
    public async Task A_host_port_is_reached_beside_services_from_outside_from_the_node_from_a_pod_and_from_its_own_pod()
    {
        var url = $"http://{_cluster.Machine.Address}:18081/cgi-bin/who";
        using var http = new HttpClient();
        Assert.Equal(_cluster.Machine.Gateway, Address(await http.GetStringAsync(url)));
        (await _cluster.Machine.RunAsync("timeout", "5", "busybox", "wget", "-qO-", url)).Succeeded();
        (await _cluster.Machine.RunAsync("timeout", "5", "busybox", "wget", "-qO-", "http://127.0.0.1:18081/cgi-bin/who")).Succeeded();
        var asking = await _cluster.PodPath("asking", "{.status.podIP}");
        Assert.Equal(asking, Address(await GetAsync("asking", url)));
        await GetAsync("host-port", url);
    }

    /// <summary>The server listens on IPv6 and writes an IPv4 address as <c>[::ffff:192.0.2.1]</c>.</summary>
    private static string Address(string answer) => answer.Trim().Trim('[', ']').Replace("::ffff:", "");

    private async Task<string> GetAsync(string pod, string url) => (await _cluster.Kubectl("exec", pod, "--", "timeout", "5", "wget", "-qO-", url)).Succeeded();
}
