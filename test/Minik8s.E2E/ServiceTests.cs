using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>Services from everywhere: pods, the node, other machines.</summary>
[Collection(ClusterCollection.Name)]
public sealed class ServiceTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly TestCluster _cluster = shared.Cluster;

    public async ValueTask InitializeAsync()
    {
        await _cluster.Apply(Server("server-a"));
        await _cluster.Apply(Server("server-b"));
        await _cluster.Apply(PodExtensions.ScriptPod("client", "sleep 100000", "Always", pod: "terminationGracePeriodSeconds: 0"));
        foreach (var pod in new[] { "server-a", "server-b", "client" }) await _cluster.WaitReady(pod);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in new[] { "server-a", "server-b", "client" }) await _cluster.Remove(pod);
        (await _cluster.Kubectl("delete", "service", "web", "--ignore-not-found")).Succeeded();
    }

    [Fact]
    public async Task A_service_in_front_of_two_pods_is_reached_from_a_pod_the_node_and_another_machine()
    {
        await _cluster.Apply(Web("app: web"));
        var address = await PathAsync("{.spec.clusterIP}");
        var nodePort = await PathAsync("{.spec.ports[0].nodePort}");

        await BothAnswerAsync(() => FromPodAsync($"http://{address}/"), "the ClusterIP from a pod");
        await BothAnswerAsync(() => FromNodeAsync($"http://{address}/"), "the ClusterIP from the node");
        await BothAnswerAsync(() => FromNodeAsync($"http://{_cluster.Machine.Address}:{nodePort}/"), "the node port from the node");
        await BothAnswerAsync(() => FromPodAsync($"http://{_cluster.Machine.Address}:{nodePort}/"), "the node port from a pod");
        using var http = new HttpClient();
        await BothAnswerAsync(() => http.GetStringAsync($"http://{_cluster.Machine.Address}:{nodePort}/"), "the node port from outside");
        // A server that asks for its own service is answered too, also by itself.
        await BothAnswerAsync(
            async () => (await _cluster.Kubectl("exec", "server-a", "--", "timeout", "5", "wget", "-qO-", $"http://{address}/")).Succeeded(), "the ClusterIP from a server");
    }

    [Fact]
    public async Task A_service_follows_its_pods_and_refuses_when_there_are_none()
    {
        await _cluster.Apply(Web("app: web"));
        var url = $"http://{await PathAsync("{.spec.clusterIP}")}/";
        await BothAnswerAsync(() => FromPodAsync(url), "the service");

        (await _cluster.Kubectl("label", "pod", "server-a", "app-")).Succeeded();
        await Eventually.True(async () => await CountAsync(url, 8, "server-b") == 8, "only the pod that is left answers");

        (await _cluster.Kubectl("label", "pod", "server-b", "app-")).Succeeded();
        await Eventually.True(async () => (await WgetAsync(url)).Error.Contains("refused"), "the service refuses");

        (await _cluster.Kubectl("label", "pod", "server-a", "app=web")).Succeeded();
        await Eventually.True(async () => await CountAsync(url, 1, "server-a") == 1, "the pod is back");
    }

    [Fact]
    public async Task The_API_servers_service_is_reached_from_a_pod()
    {
        var address = (await _cluster.Kubectl("get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}")).Succeeded();
        await Eventually.True(
            async () => (await _cluster.Kubectl("exec", "client", "--", "nc", "-w", "3", address, "443")).ExitCode == 0, "the port accepts connections");
    }

    private static string Server(string name) => $"""
        apiVersion: v1
        kind: Pod
        metadata: {"{"}name: {name}, labels: {"{"}app: web{"}"}{"}"}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: busybox:1.35
            command: [sh, -c, 'mkdir /www; hostname > /www/index.html; exec httpd -f -p 8080 -h /www']
            ports: [{"{"}name: http, containerPort: 8080{"}"}]
        """;

    private static string Web(string selector) => $"""
        apiVersion: v1
        kind: Service
        metadata: {"{"}name: web{"}"}
        spec:
          type: NodePort
          selector: {"{"}{selector}{"}"}
          ports: [{"{"}port: 80, targetPort: http{"}"}]
        """;

    private static async Task BothAnswerAsync(Func<Task<string>> ask, string what)
    {
        var seen = new HashSet<string>();
        await Eventually.True(
            async () =>
            {
                seen.Add((await ask()).Trim());
                return seen.SetEquals(["server-a", "server-b"]);
            },
            $"both servers answer through {what}", TimeSpan.FromSeconds(30));
    }

    private async Task<string> PathAsync(string jsonPath) => (await _cluster.Kubectl("get", "service", "web", "-o", $"jsonpath={jsonPath}")).Succeeded();

    private Task<ProcessResult> WgetAsync(string url) => _cluster.Kubectl("exec", "client", "--", "timeout", "5", "wget", "-qO-", url);

    private async Task<string> FromPodAsync(string url) => (await WgetAsync(url)).Succeeded();

    private async Task<string> FromNodeAsync(string url) => (await _cluster.Machine.RunAsync("timeout", "5", "busybox", "wget", "-qO-", url)).Succeeded();

    private async Task<int> CountAsync(string url, int times, string server)
    {
        var count = 0;
        for (var i = 0; i < times; i++)
        {
            if ((await WgetAsync(url)).Output.Trim() == server) count++;
        }

        return count;
    }
}
