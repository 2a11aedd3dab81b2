using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>The controllers in this process against the real API server, seen through the stock kubectl. Nothing runs the pods.</summary>
public sealed class WorkloadControllerTests : IAsyncLifetime
{
    private TestControlPlane _plane = null!;
    private TestControllers _controllers = null!;

    public async ValueTask InitializeAsync()
    {
        _plane = await TestControlPlane.StartAsync();
        _controllers = TestControllers.Start(_plane);
    }

    public async ValueTask DisposeAsync()
    {
        await _controllers.DisposeAsync();
        await _plane.DisposeAsync();
    }

    [Fact]
    public async Task A_deployment_is_scaled_rolled_back_and_deleted_with_all_that_belongs_to_it()
    {
        await RunAsync("create", "deployment", "web", "--image=one", "--replicas=3");
        await CountAsync(3, "pods", "-l", "app=web");
        await CountAsync(1, "replicasets", "-l", "app=web");
        await RunAsync("scale", "deployment", "web", "--replicas=2");
        await CountAsync(2, "pods", "-l", "app=web");
        await RunAsync("set", "image", "deployment/web", "one=two");
        await CountAsync(2, "replicasets", "-l", "app=web");
        var history = await RunAsync("rollout", "history", "deployment/web");
        Assert.Contains("1 ", history, StringComparison.Ordinal);
        Assert.Contains("2 ", history, StringComparison.Ordinal);
        await RunAsync("rollout", "undo", "deployment/web");
        await Eventually.True(
            async () => (await RunAsync("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image} {.metadata.annotations.deployment\\.kubernetes\\.io/revision}")) == "one 3",
            "the first image as revision 3");
        await RunAsync("delete", "deployment", "web", "--cascade=foreground");
        await CountAsync(0, "pods,replicasets,deployments", "-l", "app=web");
    }

    [Fact]
    public async Task A_namespace_is_deleted_with_its_custom_resources_and_waits_for_their_finalizers()
    {
        const string definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: boats.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: boats, kind: Boat}
              versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
            """;
        const string boat = "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Boat\",\"metadata\":";
        (await _plane.KubectlWithInput(definition, "create", "-f", "-")).Succeeded();
        await RunAsync("wait", "--for=condition=established", "crd/boats.example.com", "--timeout=30s");
        await RunAsync("create", "namespace", "harbour");
        (await _plane.KubectlWithInput(boat + "{\"name\":\"free\",\"namespace\":\"harbour\"}}", "create", "-f", "-")).Succeeded();
        (await _plane.KubectlWithInput(boat + "{\"name\":\"moored\",\"namespace\":\"harbour\",\"finalizers\":[\"example.com/rope\"]}}", "create", "-f", "-")).Succeeded();
        (await _plane.KubectlWithInput(boat + "{\"name\":\"free\",\"namespace\":\"default\"}}", "create", "-f", "-")).Succeeded();
        await RunAsync("delete", "namespace", "harbour", "--wait=false");
        await Eventually.True(
            async () => await RunAsync("get", "namespace", "harbour", "-o", "jsonpath={.status.phase} {.status.conditions[?(@.type==\"NamespaceFinalizersRemaining\")].message}")
                == "Terminating Some content in the namespace has finalizers remaining: example.com/rope in 1 resource instances",
            "the namespace tells what it waits for");
        await Eventually.True(async () => await RunAsync("get", "boats", "-n", "harbour", "-o", "name") == "boat.example.com/moored", "only what is held is left");
        Assert.Contains("because it is being terminated", (await _plane.KubectlWithInput(boat + "{\"name\":\"late\",\"namespace\":\"harbour\"}}", "create", "-f", "-")).Error);
        await RunAsync("patch", "boat", "moored", "-n", "harbour", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}");
        await RunAsync("wait", "--for=delete", "namespace/harbour", "--timeout=60s");
        Assert.Equal("boat.example.com/free", await RunAsync("get", "boats", "-n", "default", "-o", "name"));
    }

    [Fact]
    public async Task Pods_of_a_deleted_set_stay_when_they_are_orphaned_and_the_next_set_adopts_them()
    {
        const string set = """
            {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
            "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"one"}]}}}}
            """;
        await ApplyAsync(set);
        await CountAsync(2, "pods", "-l", "app=web");
        var before = await RunAsync("get", "pods", "-l", "app=web", "-o", "name");
        await RunAsync("delete", "replicaset", "web", "--cascade=orphan");
        Assert.Equal("", await RunAsync("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].metadata.ownerReferences}"));
        await ApplyAsync(set);
        await Eventually.True(async () => (await RunAsync("get", "replicaset", "web", "-o", "jsonpath={.status.replicas} {.status.observedGeneration}")) == "2 1", "the set counts two pods");
        Assert.Equal(before, await RunAsync("get", "pods", "-l", "app=web", "-o", "name"));
        await RunAsync("delete", "replicaset", "web");
        await CountAsync(0, "pods", "-l", "app=web");
    }

    [Fact]
    public async Task A_job_is_suspended_resumed_and_completed_and_counts_each_pod()
    {
        const string job = """
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"work"},"spec":{"completionMode":"Indexed","completions":2,"parallelism":2,
            "template":{"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"one"}]}}}}
            """;
        await ApplyAsync(job);
        await CountAsync(2, "pods", "-l", "job-name=work");
        await RunAsync("patch", "job", "work", "-p", """{"spec":{"suspend":true}}""");
        await CountAsync(0, "pods", "-l", "job-name=work");
        await Eventually.True(async () => await RunAsync("get", "job", "work", "-o", "jsonpath={.status.conditions[0].type}{.status.conditions[0].status} {.status.ready}") == "SuspendedTrue 0", "the job is suspended");
        await RunAsync("patch", "job", "work", "-p", """{"spec":{"suspend":false}}""");
        await CountAsync(2, "pods", "-l", "batch.kubernetes.io/job-name=work");
        foreach (var pod in (await RunAsync("get", "pods", "-l", "job-name=work", "-o", "jsonpath={.items[*].metadata.name}")).Split(' '))
        {
            await RunAsync("patch", "pod", pod, "--subresource=status", "-p", """{"status":{"phase":"Succeeded"}}""");
        }

        await RunAsync("wait", "--for=condition=Complete", "job/work", "--timeout=60s");
        Assert.Equal("2 0,1", await RunAsync("get", "job", "work", "-o", "jsonpath={.status.succeeded} {.status.completedIndexes}"));
        Assert.DoesNotContain("job-tracking", await RunAsync("get", "pods", "-l", "job-name=work", "-o", "jsonpath={.items[*].metadata.finalizers}"), StringComparison.Ordinal);
        await RunAsync("delete", "job", "work");
        await CountAsync(0, "pods,jobs", "-l", "job-name=work");
    }

    [Fact]
    public async Task A_daemon_set_has_a_pod_for_every_node_and_a_history()
    {
        // No kubelet makes them ready, so the pods have to tolerate that.
        foreach (var node in new[] { "n1", "n2" }) await ApplyAsync($$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{node}}}"}}""");
        await ApplyAsync("""
            {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"agent"},"spec":{"selector":{"matchLabels":{"app":"agent"}},
            "template":{"metadata":{"labels":{"app":"agent"}},"spec":{"tolerations":[{"operator":"Exists"}],"containers":[{"name":"main","image":"one"}]}}}}
            """);
        await CountAsync(2, "pods", "-l", "app=agent");
        await RunAsync("set", "image", "daemonset/agent", "main=two");
        await Eventually.True(async () => (await RunAsync("rollout", "history", "daemonset/agent")).Contains("2 ", StringComparison.Ordinal), "two revisions");
        await RunAsync("rollout", "undo", "daemonset/agent");
        await Eventually.True(
            async () => (await RunAsync("get", "daemonset", "agent", "-o", "jsonpath={.spec.template.spec.containers[0].image} {.status.desiredNumberScheduled}")) == "one 2", "the first image on two nodes");
        await RunAsync("delete", "daemonset", "agent");
        await CountAsync(0, "pods,controllerrevisions", "-l", "app=agent");
    }

    [Fact]
    public async Task A_namespace_goes_with_its_workloads()
    {
        await RunAsync("create", "namespace", "team");
        await RunAsync("create", "deployment", "web", "-n", "team", "--image=one", "--replicas=2");
        await CountAsync(2, "pods", "-n", "team");
        await RunAsync("delete", "namespace", "team");
        Assert.Contains("NotFound", (await _plane.Kubectl("get", "namespace", "team")).Error, StringComparison.Ordinal);
    }

    private Task CountAsync(int count, string resource, params string[] selection) => Eventually.True(
        async () => (await RunAsync(["get", resource, .. selection, "-o", "name"])).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == count, $"{count} {resource}");

    private async Task ApplyAsync(string manifest)
    {
        var result = await _plane.KubectlWithInput(manifest, "apply", "-f", "-");
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var result = await _plane.Kubectl(arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.Error}");
        return result.Output.Trim();
    }
}
