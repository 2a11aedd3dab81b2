using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>How pods end and what their status and events say of it.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodLifeTests(SharedCluster shared)
{
    private readonly TestCluster _cluster = shared.Cluster;

    [Fact]
    public async Task A_process_that_exits_with_zero_completes_the_pod()
    {
        await _cluster.Apply(PodExtensions.ScriptPod("done", "echo finished"));
        await _cluster.WaitForPath("done", "{.status.phase}", "Succeeded");
        Assert.Equal("Completed 0", await _cluster.PodPath("done", "{.status.containerStatuses[0].state.terminated.reason} {.status.containerStatuses[0].state.terminated.exitCode}"));
        Assert.Equal("PodCompleted", await _cluster.PodPath("done", "{.status.conditions[?(@.type=='Ready')].reason}"));
        Assert.Contains("Completed", (await _cluster.Kubectl("get", "pod", "done", "--no-headers")).Output);
        Assert.Equal("finished\n", (await _cluster.Kubectl("logs", "done")).Succeeded());
        await _cluster.Remove("done");
    }

    [Fact]
    public async Task A_process_that_fails_fails_the_pod_with_its_exit_code()
    {
        await _cluster.Apply(PodExtensions.ScriptPod("failing", "exit 3"));
        await _cluster.WaitForPath("failing", "{.status.phase}", "Failed");
        Assert.Equal("Error 3", await _cluster.PodPath("failing", "{.status.containerStatuses[0].state.terminated.reason} {.status.containerStatuses[0].state.terminated.exitCode}"));
        await _cluster.Remove("failing");
    }

    [Fact]
    public async Task A_crash_loop_backs_off_and_counts_restarts()
    {
        await _cluster.Apply(PodExtensions.ScriptPod("crashing", "echo run; exit 1", "Always"));
        await _cluster.WaitForPath("crashing", "{.status.containerStatuses[0].state.waiting.reason}", "CrashLoopBackOff");
        Assert.True(int.Parse(await _cluster.PodPath("crashing", "{.status.containerStatuses[0].restartCount}")) >= 1);
        Assert.Equal("Running", await _cluster.PodPath("crashing", "{.status.phase}"));
        Assert.Equal("1", await _cluster.PodPath("crashing", "{.status.containerStatuses[0].lastState.terminated.exitCode}"));
        Assert.Matches("back-off 10s restarting failed container=main pod=crashing_default", await _cluster.PodPath("crashing", "{.status.containerStatuses[0].state.waiting.message}"));
        Assert.Contains("BackOff: Back-off restarting failed container main in pod crashing_default", await _cluster.EventsOf("crashing"));
        Assert.Equal("run\n", (await _cluster.Kubectl("logs", "-p", "crashing")).Succeeded());
        await _cluster.Remove("crashing");
    }

    [Fact]
    public async Task A_container_that_fills_its_memory_limit_is_OOMKilled()
    {
        await _cluster.Apply(PodExtensions.ScriptPod("hungry", "tail /dev/zero", container: "resources: {limits: {memory: 32Mi}}"));
        await _cluster.WaitForPath("hungry", "{.status.phase}", "Failed");
        Assert.Equal("OOMKilled 137", await _cluster.PodPath("hungry", "{.status.containerStatuses[0].state.terminated.reason} {.status.containerStatuses[0].state.terminated.exitCode}"));
        await _cluster.Remove("hungry");
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_reported_and_backed_off()
    {
        await _cluster.Apply("""
            apiVersion: v1
            kind: Pod
            metadata: {name: no-image}
            spec:
              containers:
              - {name: main, image: "127.0.0.1:1/absent:1"}
              - {name: never, image: "absent:2", imagePullPolicy: Never}
              - {name: invalid, image: "UPPER CASE"}
            """);
        await _cluster.WaitForPath("no-image", "{.status.containerStatuses[?(@.name=='main')].state.waiting.reason}", "ImagePullBackOff");
        Assert.Equal("ErrImageNeverPull", await _cluster.PodPath("no-image", "{.status.containerStatuses[?(@.name=='never')].state.waiting.reason}"));
        Assert.Equal("InvalidImageName", await _cluster.PodPath("no-image", "{.status.containerStatuses[?(@.name=='invalid')].state.waiting.reason}"));
        Assert.Equal("Pending", await _cluster.PodPath("no-image", "{.status.phase}"));
        var events = await _cluster.EventsOf("no-image");
        Assert.Contains("Pulling: Pulling image \"127.0.0.1:1/absent:1\"", events);
        Assert.Contains("Failed: Error: ErrImagePull", events);
        Assert.Contains("BackOff: Back-off pulling image \"127.0.0.1:1/absent:1\"", events);
        Assert.Contains("ErrImageNeverPull: Container image \"absent:2\" is not present with pull policy of Never", events);
        await _cluster.Remove("no-image");
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_a_start_error()
    {
        await _cluster.Apply("""
            apiVersion: v1
            kind: Pod
            metadata: {name: bad-command}
            spec:
              restartPolicy: Never
              containers: [{name: main, image: "busybox:1.35", command: [/no/such/program]}]
            """);
        await _cluster.WaitForPath("bad-command", "{.status.phase}", "Failed");
        Assert.Equal("StartError 128", await _cluster.PodPath("bad-command", "{.status.containerStatuses[0].state.terminated.reason} {.status.containerStatuses[0].state.terminated.exitCode}"));
        Assert.Contains("no such file or directory", await _cluster.PodPath("bad-command", "{.status.containerStatuses[0].state.terminated.message}"));
        await _cluster.Remove("bad-command");
    }

    [Fact]
    public async Task A_process_that_ignores_SIGTERM_is_killed_after_its_grace_period()
    {
        await _cluster.Apply(PodExtensions.ScriptPod("stubborn", "trap '' TERM; while true; do sleep 1; done", "Always", pod: "terminationGracePeriodSeconds: 3"));
        await _cluster.WaitReady("stubborn");
        (await _cluster.Kubectl("delete", "pod", "stubborn", "--wait=false")).Succeeded();
        Assert.Contains("Terminating", (await _cluster.Kubectl("get", "pod", "stubborn", "--no-headers")).Output);
        await Eventually.True(async () => (await _cluster.Kubectl("get", "pod", "stubborn")).ExitCode != 0, "the pod is gone");
        Assert.Contains("Killing: Stopping container main", await _cluster.EventsOf("stubborn"));
    }

    [Fact]
    public async Task A_missing_config_map_keeps_the_container_waiting_until_it_is_there()
    {
        await _cluster.Apply(PodExtensions.ScriptPod("configured", "echo $GREETING", container: "envFrom: [{configMapRef: {name: greeting}}]"));
        await _cluster.WaitForPath("configured", "{.status.containerStatuses[0].state.waiting.reason}", "CreateContainerConfigError");
        Assert.Contains("configmap \"greeting\" not found", await _cluster.PodPath("configured", "{.status.containerStatuses[0].state.waiting.message}"));
        (await _cluster.Kubectl("create", "configmap", "greeting", "--from-literal=GREETING=hello")).Succeeded();
        await _cluster.WaitForPath("configured", "{.status.phase}", "Succeeded", TimeSpan.FromSeconds(120));
        Assert.Equal("hello\n", (await _cluster.Kubectl("logs", "configured")).Succeeded());
        await _cluster.Remove("configured");
        (await _cluster.Kubectl("delete", "configmap", "greeting")).Succeeded();
    }
}
