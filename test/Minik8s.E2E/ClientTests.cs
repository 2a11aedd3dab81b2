extern alias official;

using System.Text;
using Minik8s.Testing;
using Minik8s.Testing.Cluster;
using official::k8s;

namespace Minik8s.E2E;

/// <summary>The official clients of other languages reach into running pods, and the API server's proxy reaches pods, services and nodes.</summary>
[Collection(ClusterCollection.Name)]
public sealed class ClientTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly TestCluster _cluster = shared.Cluster;

    public async ValueTask InitializeAsync()
    {
        await _cluster.Apply("""
            apiVersion: v1
            kind: Pod
            metadata: {name: reached, labels: {app: reached}}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: web
                image: busybox:1.35
                ports: [{containerPort: 8080}]
                command: [sh, -c, 'mkdir -p /www; echo "<a href=\"/next\">page</a>" > /www/index.html; echo started; exec httpd -f -v -p 8080 -h /www']
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: reached}
            spec:
              selector: {app: reached}
              ports: [{name: http, port: 80, targetPort: 8080}]
            """);
        await _cluster.WaitReady("reached");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.Kubectl("delete", "service", "reached");
        await _cluster.Remove("reached");
    }

    [Fact]
    public async Task The_JavaScript_client_runs_commands_reads_logs_and_forwards_ports()
    {
        var run = await JavaScript.RunAsync("pods.mjs", _cluster.Kubeconfig, "default", "reached", "web", "8080");
        Assert.True(run.Output.EndsWith("done\n", StringComparison.Ordinal), $"{run.Output}\n{run.Error}");
    }

    [Fact]
    public async Task The_NET_client_runs_commands()
    {
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(_cluster.Kubeconfig));
        var (output, error) = ("", "");
        var code = await client.NamespacedPodExecAsync(
            "reached",
            "default",
            "web",
            ["sh", "-c", "read line; echo \"got $line\"; echo problem >&2; exit 3"],
            false,
            async (input, outputStream, errorStream) =>
            {
                await input.WriteAsync(Encoding.UTF8.GetBytes("input\n"));
                await input.FlushAsync();
                using var readOutput = new StreamReader(outputStream);
                using var readError = new StreamReader(errorStream);
                (output, error) = (await readOutput.ReadToEndAsync(), await readError.ReadToEndAsync());
            },
            CancellationToken.None);
        Assert.Equal((3, "got input\n", "problem\n"), (code, output, error));
        using var log = new StreamReader(await client.CoreV1.ReadNamespacedPodLogAsync("reached", "default"));
        Assert.Contains("started", await log.ReadToEndAsync());
    }

    [Fact]
    public async Task The_proxy_reaches_pods_services_and_nodes()
    {
        Assert.Equal("<a href=\"/api/v1/namespaces/default/pods/reached/proxy/next\">page</a>\n", (await _cluster.Kubectl("get", "--raw", "/api/v1/namespaces/default/pods/reached/proxy/")).Succeeded());
        await Eventually.True(
            async () => (await _cluster.Kubectl("get", "--raw", "/api/v1/namespaces/default/services/reached:http/proxy/index.html")).Output.Contains("page</a>", StringComparison.Ordinal), "the service answers");
        Assert.Equal("ok", (await _cluster.Kubectl("get", "--raw", $"/api/v1/nodes/{_cluster.NodeName}/proxy/healthz")).Succeeded());
        Assert.Contains("started", (await _cluster.Kubectl("get", "--raw", $"/api/v1/nodes/{_cluster.NodeName}/proxy/containerLogs/default/reached/web")).Succeeded());
    }
}
