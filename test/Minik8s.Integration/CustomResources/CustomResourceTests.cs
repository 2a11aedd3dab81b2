using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration.CustomResources;

/// <summary>The stock kubectl with kinds that CustomResourceDefinitions make.</summary>
public sealed class CustomResourceTests(CustomPlane shared) : IClassFixture<CustomPlane>
{
    private const string Certificate = """
        apiVersion: trust.example.com/v1
        kind: Certificate
        metadata: {name: NAME}
        spec: {secretName: tls, commonName: web.example.com, issuerRef: {name: ca}}
        """;

    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task Apply_defaults_prints_columns_and_explains()
    {
        var manifest = Certificate.Replace("NAME", "shown");
        Assert.Equal("certificate.trust.example.com/shown created\n", (await Apply(manifest)).Succeeded());
        Assert.Equal("certificate.trust.example.com/shown unchanged\n", (await Apply(manifest)).Succeeded());
        Assert.Equal("certificate.trust.example.com/shown configured\n", (await Apply(manifest.Replace("secretName: tls", "secretName: other"))).Succeeded());
        Assert.Equal("2160h RSA Issuer false 2", await Path("cert", "shown", "{.spec.duration} {.spec.privateKey.algorithm} {.spec.issuerRef.kind} {.spec.isCA} {.metadata.generation}"));
        (await _plane.Kubectl("patch", "cert", "shown", "--subresource=status", "--type=merge", "-p", """{"status":{"revision":3,"conditions":[{"type":"Ready","status":"True"}]}}""")).Succeeded();
        Assert.Equal("3 2", await Path("cert", "shown", "{.status.revision} {.metadata.generation}"));
        Assert.Matches(@"^NAME +READY +SECRET +REVISION +AGE\nshown +True +other +3 +\d+s\n$", (await _plane.Kubectl("get", "certs", "shown")).Succeeded());
        Assert.Matches(@"NAME +READY +SECRET +ISSUER +REVISION +AGE", (await _plane.Kubectl("get", "certificates", "-o", "wide")).Succeeded());
        Assert.Contains("shown", (await _plane.Kubectl("get", "trust")).Succeeded());
        var explained = (await _plane.Kubectl("explain", "certificate.spec.privateKey")).Succeeded();
        Assert.Matches(@"GROUP: +trust.example.com\nKIND: +Certificate\nVERSION: +v1", explained);
        Assert.Contains("rotationPolicy", explained);
        Assert.Contains("The secret that holds the key pair.", (await _plane.Kubectl("explain", "certificate.spec")).Succeeded());
        Assert.Matches(@"Name: +shown", (await _plane.Kubectl("describe", "cert", "shown")).Succeeded());
        Assert.Equal("certificate.trust.example.com \"shown\" deleted\n", (await _plane.Kubectl("delete", "cert", "shown")).Succeeded());
    }

    [Theory]
    [InlineData("secretName: tls", "secretName: ''", "spec.secretName: Invalid value: \"\": spec.secretName in body should be at least 1 chars long")]
    [InlineData("secretName: tls", "secretName: 5", "spec.secretName: Invalid value: \"integer\": spec.secretName in body must be of type string: \"integer\"")]
    [InlineData("secretName: tls,", "", "spec.secretName: Required value")]
    [InlineData("web.example.com", "Web", "spec.commonName: Invalid value: \"Web\": spec.commonName in body should match '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$'")]
    [InlineData("{name: ca}", "{name: ca, kind: Thing}", "spec.issuerRef.kind: Unsupported value: \"Thing\": supported values: \"Issuer\", \"ClusterIssuer\"")]
    [InlineData("{name: ca}", "{name: ca}, dnsNames: [a]", "\"spec\" must validate one and only one schema (oneOf). Found 2 valid alternatives")]
    [InlineData("{name: ca}", "{name: ca}, revisionHistoryLimit: 11", "spec.revisionHistoryLimit: Invalid value: 11: spec.revisionHistoryLimit in body should be less than or equal to 10")]
    [InlineData("{name: ca}", "{name: ca}, notBefore: yesterday", "spec.notBefore: Invalid value: \"yesterday\": spec.notBefore in body must be of type date-time: \"yesterday\"")]
    [InlineData("{name: ca}", "{name: ca}, privateKey: {size: 1000}", "spec.privateKey.size: Invalid value: 1000: spec.privateKey.size in body should be a multiple of 256")]
    [InlineData("{name: ca}", "{name: ca}, outputs: [{type: a}, {type: a}]", "spec.outputs[1]: Duplicate value: {\"type\":\"a\"}")]
    public async Task A_bad_object_is_refused_in_kubernetes_words(string part, string instead, string message)
    {
        var refused = await _plane.KubectlWithInput(Certificate.Replace("NAME", "bad").Replace(part, instead), "create", "-f", "-");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("The Certificate \"bad\" is invalid", refused.Error);
        Assert.Contains(message, refused.Error);
    }

    [Theory]
    [InlineData("strict", 1, "unknown field \"spec.colour\"")]
    [InlineData("warn", 0, "Warning: unknown field \"spec.colour\"")]
    [InlineData("ignore", 0, "")]
    public async Task Unknown_fields_are_pruned_and_reported(string mode, int exitCode, string message)
    {
        var name = "pruned-" + mode;
        var result = await _plane.KubectlWithInput(Certificate.Replace("NAME", name).Replace("secretName: tls", "secretName: tls, colour: red"), "create", $"--validate={mode}", "-f", "-");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error);
        if (exitCode == 0) Assert.Equal("", await Path("cert", name, "{.spec.colour}"));
        await _plane.Kubectl("delete", "cert", name, "--ignore-not-found");
    }

    [Fact]
    public async Task Two_versions_show_one_object()
    {
        (await Apply(Certificate.Replace("NAME", "versions"))).Succeeded();
        var old = await _plane.Kubectl("get", "certificates.v1alpha2.trust.example.com", "versions", "-o", "yaml");
        Assert.Contains("apiVersion: trust.example.com/v1alpha2", old.Succeeded());
        Assert.Contains("Warning: trust.example.com/v1alpha2 Certificate is on its way out; use v1", old.Error);
        Assert.DoesNotContain("duration", old.Output);
        (await _plane.Kubectl("label", "certificates.v1alpha2.trust.example.com", "versions", "a=b")).Succeeded();
        Assert.Equal("b trust.example.com/v1", await Path("cert", "versions", "{.metadata.labels.a} {.apiVersion}"));
        using var client = _plane.Client();
        using var stream = new StreamReader(await client.GetStreamAsync("/apis/trust.example.com/v1alpha2/certificates?watch=true&fieldSelector=metadata.name%3Dversions"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var e = JsonNode.Parse((await stream.ReadLineAsync(limit.Token))!)!;
        Assert.Equal("trust.example.com/v1alpha2", (string)e["object"]!["apiVersion"]!);
        (await _plane.Kubectl("delete", "cert", "versions")).Succeeded();
    }

    [Fact]
    public async Task Selectable_fields_select()
    {
        (await Apply(Certificate.Replace("NAME", "by-field"))).Succeeded();
        (await Apply(Certificate.Replace("NAME", "by-other").Replace("name: ca", "name: other"))).Succeeded();
        Assert.Equal("certificate.trust.example.com/by-other\n", (await _plane.Kubectl("get", "certs", "--field-selector", "spec.issuerRef.name=other", "-o", "name")).Succeeded());
        Assert.Contains("field label not supported: spec.secretName", (await _plane.Kubectl("get", "certs", "--field-selector", "spec.secretName=tls")).Error);
        (await _plane.Kubectl("delete", "certs", "by-field", "by-other")).Succeeded();
    }

    [Fact]
    public async Task Scale_reads_and_writes_the_paths_of_the_definition()
    {
        (await Apply("""
            apiVersion: metrics.example.com/v1
            kind: Watchtower
            metadata: {name: main}
            spec:
              endpoints: [{port: web, targetPort: 80, params: {a: [b]}}, {targetPort: http, interval: 1m30s, relabelings: [{sourceLabels: [job]}]}]
              resources: {limits: {cpu: 2, memory: 1Gi}}
              storage: {volumeClaimTemplate: {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, colour: red}, spec: {anything: 1}}}
              extra: {deep: {list: [1, {a: null}]}}
            """)).Succeeded();
        Assert.Equal("1 replace 1 red", await Path("wtw", "main", "{.spec.replicas} {.spec.endpoints[1].relabelings[0].action} {.spec.storage.volumeClaimTemplate.spec.anything} {.spec.storage.volumeClaimTemplate.metadata.colour}red"));
        Assert.Equal("watchtower.metrics.example.com/main scaled\n", (await _plane.Kubectl("scale", "wtw", "main", "--replicas=3")).Succeeded());
        Assert.Equal("3 2", await Path("wtw", "main", "{.spec.replicas} {.metadata.generation}"));
        (await _plane.Kubectl("patch", "wtw", "main", "--subresource=status", "--type=merge", "-p", """{"status":{"replicas":2,"selector":"app=a"}}""")).Succeeded();
        using var client = _plane.Client();
        var scale = JsonNode.Parse(await client.GetStringAsync("/apis/metrics.example.com/v1/namespaces/default/watchtowers/main/scale"))!;
        Assert.Equal("autoscaling/v1 3 2 app=a", $"{scale["apiVersion"]} {scale["spec"]!["replicas"]} {scale["status"]!["replicas"]} {scale["status"]!["selector"]}");
        Assert.Contains("\"kind\":\"WatchtowerCollection\"", await client.GetStringAsync("/apis/metrics.example.com/v1/watchtowers"));
        Assert.Contains("should be a non-negative integer", (await _plane.Kubectl("patch", "wtw", "main", "--type=merge", "-p", """{"spec":{"replicas":-1}}""")).Error);
        var refused = await _plane.Kubectl("patch", "wtw", "main", "--type=merge", "-p", """{"spec":{"resources":{"limits":{"cpu":"many"}},"ratio":0,"endpoints":[]}}""");
        Assert.Contains("spec.resources.limits.cpu in body should match", refused.Error);
        Assert.Contains("spec.ratio in body should be greater than 0", refused.Error);
        Assert.Contains("spec.endpoints in body should have at least 1 items", refused.Error);
        Assert.Contains("main", (await _plane.Kubectl("get", "all")).Succeeded());
        (await _plane.Kubectl("delete", "wtw", "main")).Succeeded();
    }

    [Fact]
    public async Task What_is_preserved_comes_back_as_it_was()
    {
        (await Apply("""
            apiVersion: flows.example.com/v1alpha1
            kind: Runbook
            metadata: {generateName: run-, name: hello}
            spec:
              entrypoint: main
              templates: [{name: main, steps: [[{name: a, template: b, arguments: {parameters: [{name: x, value: 1.5}]}}]]}, {name: b, container: {image: busybox, command: [sh]}}]
            """)).Succeeded();
        Assert.Equal("1.5 main b", await Path("rb", "hello", "{.spec.templates[0].steps[0][0].arguments.parameters[0].value} {.spec.templates[*].name}"));
        Assert.Matches(@"NAME +STATUS +STEPS\nhello +main,b", (await _plane.Kubectl("get", "rb")).Succeeded());
        // Without a status subresource the status is the client's to write, and counts as a change.
        (await _plane.Kubectl("patch", "rb", "hello", "--type=merge", "-p", """{"status":{"phase":"Running","nodes":{"n-1":{"x":[]}}}}""")).Succeeded();
        Assert.Equal("Running 2", await Path("rb", "hello", "{.status.phase} {.metadata.generation}"));
        Assert.Contains("entrypoint in body must be of type string", (await _plane.Kubectl("patch", "rb", "hello", "--type=merge", "-p", """{"spec":{"entrypoint":{}}}""")).Error);
        (await _plane.Kubectl("delete", "rb", "hello")).Succeeded();
    }

    [Fact]
    public async Task A_kind_may_have_the_name_of_another_groups()
    {
        (await Apply("""
            apiVersion: serving.example.com/v1
            kind: Service
            metadata: {name: hello}
            spec:
              template: {metadata: {annotations: {a: b}}, spec: {containers: [{image: hello, env: [{name: T, value: x}], ports: [{containerPort: 80}]}]}}
              traffic: [{latestRevision: true, percent: 90}, {revisionName: r1, percent: 10}]
            """)).Succeeded();
        Assert.Equal("user-container TCP 300", await Path("esvc", "hello", "{.spec.template.spec.containers[0].name} {.spec.template.spec.containers[0].ports[0].protocol} {.spec.template.spec.timeoutSeconds}"));
        Assert.Matches(@"NAME +URL +LATEST +READY\nhello +90 ", (await _plane.Kubectl("get", "esvc", "hello")).Succeeded());
        Assert.DoesNotContain("hello", (await _plane.Kubectl("get", "services")).Succeeded());
        var refused = await _plane.Kubectl("patch", "esvc", "hello", "--type=json", "-p", """[{"op":"replace","path":"/spec/traffic/0/percent","value":101}]""");
        Assert.Contains("spec.traffic[0].percent in body should be less than or equal to 100", refused.Error);
        Assert.Contains("spec.template.spec.containers[0].ports[1]: Duplicate value: {\"containerPort\":80,\"protocol\":\"TCP\"}",
            (await _plane.Kubectl("patch", "esvc", "hello", "--type=json", "-p", """[{"op":"add","path":"/spec/template/spec/containers/0/ports/-","value":{"containerPort":80}}]""")).Error);
        (await _plane.Kubectl("delete", "esvc", "hello")).Succeeded();
    }

    [Fact]
    public async Task Server_side_apply_merges_lists_by_the_keys_of_the_schema()
    {
        var manifest = Certificate.Replace("NAME", "applied");
        Task<ProcessResult> Side(string manager, string outputs) => _plane.KubectlWithInput(
            // The reference is one value to apply, so it is written as it is with its default.
            manifest.Replace("{name: ca}}", $"{{name: ca, kind: Issuer}}, outputs: {outputs}}}"), "apply", "--server-side", $"--field-manager={manager}", "-f", "-");
        (await Side("one", "[{type: pem, path: a}]")).Succeeded();
        (await Side("two", "[{type: der, path: b}]")).Succeeded();
        Assert.Equal("pem=a der=b ", await Path("cert", "applied", "{range .spec.outputs[*]}{.type}={.path} {end}"));
        Assert.Contains("conflict with \"one\"", (await Side("two", "[{type: pem, path: c}]")).Error);
        (await Side("one", "[]")).Succeeded();
        Assert.Equal("der=b ", await Path("cert", "applied", "{range .spec.outputs[*]}{.type}={.path} {end}"));
        (await _plane.Kubectl("delete", "cert", "applied")).Succeeded();
    }

    [Fact]
    public async Task Strategic_merge_is_no_patch_of_a_custom_kind()
    {
        using var client = _plane.Client();
        var content = new StringContent("{}", Encoding.UTF8, "application/strategic-merge-patch+json");
        Assert.Equal(415, (int)(await client.PatchAsync("/apis/flows.example.com/v1alpha1/namespaces/default/runbooks/none", content)).StatusCode);
    }

    private Task<ProcessResult> Apply(string manifest) => _plane.KubectlWithInput(manifest, "apply", "-f", "-");

    private async Task<string> Path(string kind, string name, string path) => (await _plane.Kubectl("get", kind, name, "-o", $"jsonpath={path}")).Succeeded();
}
