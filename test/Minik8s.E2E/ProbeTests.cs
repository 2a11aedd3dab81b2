using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>What probes do to containers and to what is reported of them.</summary>
[Collection(ClusterCollection.Name)]
public sealed class ProbeTests(SharedCluster shared)
{
    private readonly TestCluster _cluster = shared.Cluster;

    [Fact]
    public async Task Readiness_follows_its_probe_and_a_failed_liveness_probe_restarts_the_container()
    {
        await _cluster.Apply(PodExtensions.ScriptPod("probed", "mkdir /www; touch /www/ok /alive; httpd -f -p 8080 -h /www", "Always", pod: "terminationGracePeriodSeconds: 1", container: """
            ports: [{name: web, containerPort: 8080}]
                startupProbe: {tcpSocket: {port: web}, periodSeconds: 1, failureThreshold: 30}
                readinessProbe: {httpGet: {path: /ok, port: web}, periodSeconds: 1, failureThreshold: 1}
                livenessProbe: {exec: {command: [cat, /alive]}, periodSeconds: 1, failureThreshold: 2}
            """));
        await _cluster.WaitReady("probed");
        (await _cluster.Kubectl("exec", "probed", "--", "rm", "/www/ok")).Succeeded();
        await _cluster.WaitForPath("probed", "{.status.containerStatuses[0].ready} {.status.containerStatuses[0].started}", "false true");
        await _cluster.WaitForPath("probed", "{.status.conditions[?(@.type=='Ready')].message}", "containers with unready status: [main]");
        Assert.Equal("0", await _cluster.PodPath("probed", "{.status.containerStatuses[0].restartCount}"));
        (await _cluster.Kubectl("exec", "probed", "--", "rm", "/alive")).Succeeded();
        await _cluster.WaitForPath("probed", "{.status.containerStatuses[0].restartCount}", "1");
        await _cluster.WaitReady("probed");
        var events = await _cluster.EventsOf("probed");
        Assert.Contains("Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404", events);
        Assert.Contains("Unhealthy: Liveness probe failed: cat: can't open '/alive': No such file or directory", events);
        Assert.Contains("Killing: Container main failed liveness probe, will be restarted", events);
        await _cluster.Remove("probed");
    }
}
