using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>The stock kubectl against a control plane over real HTTPS; no node is there, so pods stay Pending.</summary>
public sealed class KubectlTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: NAME, labels: {app: demo}}
        spec: {containers: [{name: web, image: "nginx:1.25", ports: [{containerPort: 80}]}]}
        """;

    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task Apply_creates_then_configures_then_leaves_unchanged()
    {
        var manifest = Pod.Replace("NAME", "applied");
        Assert.Equal("pod/applied created\n", (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded());
        Assert.Equal("pod/applied unchanged\n", (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded());
        Assert.Equal("pod/applied configured\n", (await _plane.KubectlWithInput(manifest.Replace("demo", "other"), "apply", "-f", "-")).Succeeded());
        Assert.Equal("other", await Path("pod", "applied", "{.metadata.labels.app}"));
        (await _plane.Kubectl("delete", "pod", "applied")).Succeeded();
    }

    [Fact]
    public async Task Get_prints_tables_yaml_json_names_and_paths()
    {
        await Create("shown");
        var table = (await _plane.Kubectl("get", "pod", "shown")).Succeeded();
        Assert.Matches(@"^NAME +READY +STATUS +RESTARTS +AGE\nshown +0/1 +Pending +0 +\d+s\n$", table);
        Assert.Matches("NOMINATED NODE +READINESS GATES", (await _plane.Kubectl("get", "pod", "shown", "-o", "wide")).Succeeded());
        Assert.Contains("image: nginx:1.25", (await _plane.Kubectl("get", "pod", "shown", "-o", "yaml")).Succeeded());
        Assert.Contains("\"imagePullPolicy\": \"IfNotPresent\"", (await _plane.Kubectl("get", "pod", "shown", "-o", "json")).Succeeded());
        Assert.Equal("pod/shown\n", (await _plane.Kubectl("get", "pod", "shown", "-o", "name")).Succeeded());
        Assert.Equal("Pending BestEffort", await Path("pod", "shown", "{.status.phase} {.status.qosClass}"));
        Assert.Contains("default", (await _plane.Kubectl("get", "namespaces")).Succeeded());
        Assert.Contains("shown", (await _plane.Kubectl("get", "pods", "-A")).Succeeded());
        Assert.Matches("service/kubernetes +ClusterIP +10.43.0.1 +<none> +443/TCP", (await _plane.Kubectl("get", "all")).Succeeded());
        (await _plane.Kubectl("delete", "pod", "shown")).Succeeded();
    }

    [Fact]
    public async Task Selectors_choose_by_label_and_field()
    {
        await Create("chosen");
        await Create("left");
        (await _plane.Kubectl("label", "pod", "chosen", "tier=front", "app-")).Succeeded();
        Assert.Equal("pod/chosen\n", (await _plane.Kubectl("get", "pods", "-l", "tier in (front,back),!app", "-o", "name")).Succeeded());
        Assert.Equal("pod/left\n", (await _plane.Kubectl("get", "pods", "--field-selector", "metadata.name=left,status.phase!=Running", "-o", "name")).Succeeded());
        var unknown = await _plane.Kubectl("get", "pods", "--field-selector", "spec.colour=red");
        Assert.Contains("field label not supported: spec.colour", unknown.Error);
        (await _plane.Kubectl("delete", "pods", "chosen", "left")).Succeeded();
    }

    [Theory]
    [InlineData("json", """[{"op":"add","path":"/metadata/labels/patched","value":"json"}]""")]
    [InlineData("merge", """{"metadata":{"labels":{"patched":"merge"}}}""")]
    [InlineData("strategic", """{"metadata":{"labels":{"patched":"strategic"}},"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}""")]
    public async Task Patch_takes_three_types(string type, string patch)
    {
        await Create($"patched-{type}");
        (await _plane.Kubectl("patch", "pod", $"patched-{type}", "--type", type, "-p", patch)).Succeeded();
        Assert.Equal(type, await Path("pod", $"patched-{type}", "{.metadata.labels.patched}"));
        Assert.Equal(type == "strategic" ? "nginx:2 80" : "nginx:1.25 80", await Path("pod", $"patched-{type}", "{.spec.containers[0].image} {.spec.containers[0].ports[0].containerPort}"));
        (await _plane.Kubectl("delete", "pod", $"patched-{type}")).Succeeded();
    }

    [Fact]
    public async Task Edit_changes_what_the_editor_leaves()
    {
        await Create("edited");
        var result = await Shell.RunAsync(
            "kubectl", ["--kubeconfig", _plane.Kubeconfig, "edit", "pod", "edited"], environment: new Dictionary<string, string> { ["KUBE_EDITOR"] = "sed -i s/nginx:1.25/nginx:1.27/" });
        Assert.Equal("pod/edited edited\n", result.Succeeded());
        Assert.Equal("nginx:1.27", await Path("pod", "edited", "{.spec.containers[0].image}"));
        (await _plane.Kubectl("delete", "pod", "edited")).Succeeded();
    }

    [Fact]
    public async Task Annotate_sets_and_takes_away()
    {
        await Create("noted");
        (await _plane.Kubectl("annotate", "pod", "noted", "example.com/note=first")).Succeeded();
        Assert.Contains("already has a value (first)", (await _plane.Kubectl("annotate", "pod", "noted", "example.com/note=second")).Error);
        (await _plane.Kubectl("annotate", "--overwrite", "pod", "noted", "example.com/note=second")).Succeeded();
        Assert.Equal("second", await Path("pod", "noted", @"{.metadata.annotations.example\.com/note}"));
        (await _plane.Kubectl("annotate", "pod", "noted", "example.com/note-")).Succeeded();
        Assert.Equal("", await Path("pod", "noted", @"{.metadata.annotations.example\.com/note}"));
        (await _plane.Kubectl("delete", "pod", "noted")).Succeeded();
    }

    [Fact]
    public async Task Delete_waits_forces_and_takes_selectors()
    {
        await Create("gone-1");
        await Create("gone-2");
        await Create("gone-3");
        var forced = await _plane.Kubectl("delete", "pod", "gone-1", "--force", "--grace-period=0");
        Assert.Equal("pod \"gone-1\" force deleted\n", forced.Succeeded());
        Assert.Contains("Immediate deletion does not wait for confirmation", forced.Error);
        Assert.Contains("pod \"gone-2\" deleted", (await _plane.Kubectl("delete", "pod", "gone-2", "--wait=false", "--grace-period=5")).Succeeded());
        (await _plane.Kubectl("label", "pod", "gone-3", "doomed=yes")).Succeeded();
        Assert.Contains("pod \"gone-3\" deleted", (await _plane.Kubectl("delete", "pods", "-l", "doomed=yes")).Succeeded());
        Assert.Contains("pods \"gone-1\" not found", (await _plane.Kubectl("delete", "pod", "gone-1")).Error);
        Assert.Equal("", (await _plane.Kubectl("delete", "pod", "gone-1", "--ignore-not-found")).Succeeded());
    }

    [Fact]
    public async Task Immutable_fields_are_refused_in_kubernetes_words()
    {
        await Create("fixed");
        var refused = await _plane.Kubectl("patch", "pod", "fixed", "-p", """{"spec":{"restartPolicy":"Never"}}""");
        Assert.Contains("The Pod \"fixed\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`", refused.Error);
        (await _plane.Kubectl("delete", "pod", "fixed")).Succeeded();
    }

    [Fact]
    public async Task Describe_explain_and_api_resources_work()
    {
        await Create("described");
        Assert.Matches("Name: +described", (await _plane.Kubectl("describe", "pod", "described")).Succeeded());
        (await _plane.Kubectl("delete", "pod", "described")).Succeeded();
        var explained = (await _plane.Kubectl("explain", "pod.spec.containers")).Succeeded();
        Assert.Matches(@"KIND: +Pod\nVERSION: +v1", explained);
        Assert.Contains("terminationMessagePath", explained);
        Assert.Contains("-required-", explained);
        var resources = (await _plane.Kubectl("api-resources")).Succeeded();
        Assert.Matches(@"pods +po +v1 +true +Pod", resources);
        Assert.Matches(@"endpointslices +discovery.k8s.io/v1 +true +EndpointSlice", resources);
        Assert.Contains("discovery.k8s.io/v1", (await _plane.Kubectl("api-versions")).Succeeded());
    }

    [Fact]
    public async Task Dry_run_changes_nothing_and_diff_shows_the_difference()
    {
        var manifest = Pod.Replace("NAME", "dry");
        Assert.Equal("pod/dry created (server dry run)\n", (await _plane.KubectlWithInput(manifest, "apply", "--dry-run=server", "-f", "-")).Succeeded());
        Assert.Equal(1, (await _plane.Kubectl("get", "pod", "dry")).ExitCode);
        (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded();
        var diff = await _plane.KubectlWithInput(manifest.Replace("1.25", "1.26"), "diff", "-f", "-");
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("+  - image: nginx:1.26", diff.Output);
        (await _plane.Kubectl("delete", "pod", "dry")).Succeeded();
    }

    [Theory]
    [InlineData("strict", 1, "unknown field \"spec.containers[0].colour\"")]
    [InlineData("warn", 0, "Warning: unknown field \"spec.containers[0].colour\"")]
    [InlineData("ignore", 0, "")]
    public async Task Validate_decides_what_happens_with_unknown_fields(string mode, int exitCode, string message)
    {
        var manifest = Pod.Replace("NAME", $"field-{mode}").Replace("name: web,", "name: web, colour: red,");
        var result = await _plane.KubectlWithInput(manifest, "create", $"--validate={mode}", "-f", "-");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error);
        await _plane.Kubectl("delete", "pod", $"field-{mode}", "--ignore-not-found");
    }

    [Fact]
    public async Task Get_watch_shows_additions_and_changes()
    {
        using var watch = Shell.Start("kubectl", ["--kubeconfig", _plane.Kubeconfig, "get", "configmaps", "-w", "-o", "name", "--field-selector", "metadata.name=watched"]);
        try
        {
            (await _plane.KubectlWithInput("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: watched}", "create", "-f", "-")).Succeeded();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            Assert.Equal("configmap/watched", await watch.StandardOutput.ReadLineAsync(limit.Token));
            (await _plane.Kubectl("label", "configmap", "watched", "a=b")).Succeeded();
            Assert.Equal("configmap/watched", await watch.StandardOutput.ReadLineAsync(limit.Token));
        }
        finally
        {
            watch.Kill();
            await _plane.Kubectl("delete", "configmap", "watched");
        }
    }

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        await using var plane = await TestControlPlane.StartAsync();
        (await plane.KubectlWithInput("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\ndata: {a: b}", "create", "-f", "-")).Succeeded();
        var version = (await plane.Kubectl("get", "configmap", "kept", "-o", "jsonpath={.metadata.resourceVersion}")).Succeeded();
        await plane.RestartAsync();
        Assert.Equal($"b {version}", (await plane.Kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a} {.metadata.resourceVersion}")).Succeeded());
    }

    [Theory]
    [InlineData("configmap", "c1", "--from-literal=a=b")]
    [InlineData("secret", "generic", "s1", "--from-literal=a=b")]
    [InlineData("namespace", "n1")]
    [InlineData("serviceaccount", "a1")]
    [InlineData("service", "clusterip", "v1", "--tcp=80:http")]
    [InlineData("service", "nodeport", "v2", "--tcp=80:8080")]
    public async Task Create_makes_objects_from_flags(params string[] arguments)
    {
        Assert.EndsWith("created\n", (await _plane.Kubectl(["create", .. arguments])).Succeeded());
        var name = arguments.First(a => a.Length == 2);
        Assert.Equal(name, await Path(arguments[0], name, "{.metadata.name}"));
        (await _plane.Kubectl("delete", arguments[0], name, "--wait=false")).Succeeded();
    }

    private async Task Create(string name) => (await _plane.KubectlWithInput(Pod.Replace("NAME", name), "create", "-f", "-")).Succeeded();

    private async Task<string> Path(string kind, string name, string path) => (await _plane.Kubectl("get", kind, name, "-o", $"jsonpath={path}")).Succeeded();
}
