using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>Short forms of what most tests ask about a pod.</summary>
internal static class PodExtensions
{
    /// <summary>A pod of one busybox container that runs a shell script.</summary>
    public static string ScriptPod(string name, string script, string restartPolicy = "Never", string container = "", string pod = "") => $"""
        apiVersion: v1
        kind: Pod
        metadata: {"{"}name: {name}{"}"}
        spec:
          restartPolicy: {restartPolicy}
          {pod}
          containers:
          - name: main
            image: busybox:1.35
            command: [sh, -c, {Quote(script)}]
            {container}
        """;

    public static async Task<string> PodPath(this TestCluster cluster, string pod, string jsonPath) =>
        (await cluster.Kubectl("get", "pod", pod, "-o", $"jsonpath={jsonPath}")).Output;

    public static Task WaitForPath(this TestCluster cluster, string pod, string jsonPath, string expected, TimeSpan? limit = null) =>
        Eventually.True(async () => await cluster.PodPath(pod, jsonPath) == expected, $"{pod} has {jsonPath} = {expected}", limit);

    public static async Task WaitReady(this TestCluster cluster, string pod) =>
        (await cluster.Kubectl("wait", "--for=condition=Ready", $"pod/{pod}", "--timeout=60s")).Succeeded();

    /// <summary>Deletes a pod at once and waits until it is gone.</summary>
    public static async Task Remove(this TestCluster cluster, string pod) =>
        (await cluster.Kubectl("delete", "pod", pod, "--grace-period=1", "--ignore-not-found")).Succeeded();

    /// <summary>Reasons and messages of the events about a pod.</summary>
    public static async Task<string> EventsOf(this TestCluster cluster, string pod) =>
        (await cluster.Kubectl("get", "events", "--field-selector", $"involvedObject.name={pod}", "-o", "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}")).Output;

    private static string Quote(string text) => "'" + text.Replace("'", "''") + "'";
}
