using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Server-side apply, managed fields and patches over real HTTPS, with the stock kubectl and with bare requests.</summary>
public sealed class ApplyTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task Server_side_apply_creates_configures_and_removes()
    {
        Assert.Equal("configmap/ssa serverside-applied\n", await Apply("ssa", "{a: '1', b: '2'}"));
        var version = await Path("ssa", "{.metadata.resourceVersion}");
        Assert.Equal("configmap/ssa serverside-applied\n", await Apply("ssa", "{a: '1', b: '2'}"));
        Assert.Equal(version, await Path("ssa", "{.metadata.resourceVersion}"));
        await Apply("ssa", "{a: '1'}");
        Assert.Equal("{\"a\":\"1\"}", await Path("ssa", "{.data}"));
        var shown = (await _plane.Kubectl("get", "configmap", "ssa", "-o", "yaml", "--show-managed-fields")).Succeeded();
        Assert.Contains("""
              managedFields:
              - apiVersion: v1
                fieldsType: FieldsV1
                fieldsV1:
                  f:data:
                    f:a: {}
                manager: kubectl
                operation: Apply
            """, shown);
        Assert.DoesNotContain("managedFields", (await _plane.Kubectl("get", "configmap", "ssa", "-o", "yaml")).Succeeded());
        await Delete("ssa");
    }

    [Fact]
    public async Task A_conflict_is_told_and_forced()
    {
        await Apply("fought", "{a: '1'}", "--field-manager=first");
        var refused = await Run("fought", "{a: '2'}", "--field-manager=second");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"first\": .data.a", refused.Error);
        await Apply("fought", "{a: '2'}", "--field-manager=second", "--force-conflicts");
        Assert.Equal("2 second", await Path("fought", "{.data.a} {.metadata.managedFields[*].manager}"));
        await Delete("fought");
    }

    [Fact]
    public async Task An_object_of_client_side_apply_is_taken_over()
    {
        (await _plane.KubectlWithInput(Manifest("upgraded", "{a: '1', b: '2'}"), "apply", "-f", "-")).Succeeded();
        Assert.Equal("kubectl-client-side-apply Update", await Path("upgraded", "{.metadata.managedFields[*].manager} {.metadata.managedFields[*].operation}"));
        await Apply("upgraded", "{a: '3'}");
        Assert.Equal("{\"a\":\"3\"} kubectl kubectl-last-applied Apply Apply", await Path("upgraded", "{.data} {.metadata.managedFields[*].manager} {.metadata.managedFields[*].operation}"));
        Assert.Contains("\"a\":\"3\"", (await _plane.Kubectl("apply", "view-last-applied", "configmap/upgraded", "-o", "json")).Succeeded().Replace(" ", ""));
        await Delete("upgraded");
    }

    [Fact]
    public async Task Every_verb_has_its_manager()
    {
        (await _plane.Kubectl("create", "configmap", "tracked", "--from-literal=a=1")).Succeeded();
        (await _plane.Kubectl("label", "configmap", "tracked", "x=1")).Succeeded();
        (await _plane.Kubectl("annotate", "configmap", "tracked", "y=1", "--field-manager=mine")).Succeeded();
        Assert.Equal("kubectl-create kubectl-label mine", await Path("tracked", "{.metadata.managedFields[*].manager}", sorted: true));
        var version = await Path("tracked", "{.metadata.resourceVersion}");
        (await _plane.Kubectl("label", "configmap", "tracked", "x=1", "--overwrite", "--field-manager=another")).Succeeded();
        Assert.Equal(version, await Path("tracked", "{.metadata.resourceVersion}"));
        await Delete("tracked");
    }

    [Fact]
    public async Task Replace_and_edit_keep_managed_fields_and_diff_shows_nothing()
    {
        await Apply("replaced", "{a: '1'}");
        var yaml = (await _plane.Kubectl("get", "configmap", "replaced", "-o", "yaml", "--show-managed-fields")).Succeeded();
        Assert.Equal("configmap/replaced replaced\n", (await _plane.KubectlWithInput(yaml.Replace("a: \"1\"", "a: \"2\""), "replace", "-f", "-")).Succeeded());
        Assert.Equal("2 kubectl-replace", await Path("replaced", "{.data.a} {.metadata.managedFields[*].manager}"));
        var same = await _plane.KubectlWithInput(Manifest("replaced", "{a: '2'}"), "diff", "--server-side", "-f", "-");
        Assert.Equal((0, ""), (same.ExitCode, same.Output));
        var diff = await _plane.KubectlWithInput(Manifest("replaced", "{b: '2'}"), "diff", "--server-side", "-f", "-");
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("+  b: \"2\"", diff.Output);
        Assert.Equal("2", await Path("replaced", "{.data.*}"));
        await Delete("replaced");
    }

    [Fact]
    public async Task Last_applied_is_viewed_set_and_edited()
    {
        var manifest = Manifest("last", "{a: '1'}");
        (await _plane.KubectlWithInput(manifest, "create", "-f", "-")).Succeeded();
        Assert.Contains("configured", (await _plane.KubectlWithInput(manifest, "apply", "set-last-applied", "--create-annotation", "-f", "-")).Succeeded());
        Assert.Contains("a: \"1\"", (await _plane.Kubectl("apply", "view-last-applied", "configmap", "last")).Succeeded());
        var edited = await Shell.RunAsync(
            "kubectl", ["--kubeconfig", _plane.Kubeconfig, "apply", "edit-last-applied", "configmap", "last"], environment: new Dictionary<string, string> { ["KUBE_EDITOR"] = "sed -i 's/\"1\"/\"7\"/'" });
        Assert.Contains("configmap/last edited", edited.Succeeded());
        Assert.Contains("a: \"7\"", (await _plane.Kubectl("apply", "view-last-applied", "configmap", "last")).Succeeded());
        await Delete("last");
    }

    [Fact]
    public async Task An_apply_through_the_status_owns_the_status_alone()
    {
        using var client = _plane.Client();
        (await _plane.KubectlWithInput("apiVersion: v1\nkind: Node\nmetadata: {name: applied-node}", "create", "-f", "-")).Succeeded();
        var body = "{apiVersion: v1, kind: Node, metadata: {name: applied-node}, spec: {unschedulable: true}, status: {conditions: [{type: Mine, status: 'True'}]}}";
        var answer = await Patch(client, "/api/v1/nodes/applied-node/status?fieldManager=agent", "application/apply-patch+yaml", body);
        Assert.Equal(HttpStatusCode.OK, answer.Code);
        Assert.Equal("Mine", (string?)answer.Body["status"]!["conditions"]![0]!["type"]);
        Assert.Null(answer.Body["spec"]?["unschedulable"]);
        var entry = answer.Body["metadata"]!["managedFields"]!.AsArray().Single(e => (string?)e!["manager"] == "agent")!;
        Assert.Equal("Apply status", $"{entry["operation"]} {entry["subresource"]}");
        Assert.Equal("""{"f:status":{"f:conditions":{"k:{\"type\":\"Mine\"}":{".":{},"f:status":{},"f:type":{}}}}}""", Json(entry["fieldsV1"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await Patch(client, "/api/v1/nodes/none/status?fieldManager=agent", "application/apply-patch+yaml", body.Replace("applied-node", "none"))).Code);
        (await _plane.Kubectl("delete", "node", "applied-node")).Succeeded();
    }

    [Fact]
    public async Task Replicas_are_managed_through_the_scale()
    {
        using var client = _plane.Client();
        const string Manifest = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: scaled}
            spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: x}]}}}
            """;
        (await _plane.KubectlWithInput(Manifest, "apply", "--server-side", "-f", "-")).Succeeded();
        (await _plane.Kubectl("scale", "deployment", "scaled", "--replicas=3")).Succeeded();
        var entries = JsonNode.Parse((await _plane.Kubectl("get", "deployment", "scaled", "-o", "json", "--show-managed-fields")).Succeeded())!["metadata"]!["managedFields"]!.AsArray();
        Assert.Equal(["kubectl Apply ", "kubectl Update scale"], entries.Select(e => $"{e!["manager"]} {e["operation"]} {e["subresource"]}"));
        Assert.Equal("""{"f:spec":{"f:replicas":{}}}""", Json(entries[1]!["fieldsV1"]!));
        var refused = await _plane.KubectlWithInput(Manifest, "apply", "--server-side", "-f", "-");
        Assert.Contains("conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas", refused.Error);

        const string Scale = """{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"scaled"},"spec":{"replicas":5}}""";
        var conflict = await Patch(client, "/apis/apps/v1/namespaces/default/deployments/scaled/scale?fieldManager=hpa", "application/apply-patch+yaml", Scale);
        Assert.Equal(HttpStatusCode.Conflict, conflict.Code);
        var applied = await Patch(client, "/apis/apps/v1/namespaces/default/deployments/scaled/scale?fieldManager=hpa&force=true", "application/apply-patch+yaml", Scale);
        Assert.Equal("Scale 5", $"{applied.Body["kind"]} {applied.Body["spec"]!["replicas"]}");
        entries = JsonNode.Parse((await _plane.Kubectl("get", "deployment", "scaled", "-o", "json", "--show-managed-fields")).Succeeded())!["metadata"]!["managedFields"]!.AsArray();
        Assert.Equal(["hpa Apply scale", "kubectl Apply "], entries.Select(e => $"{e!["manager"]} {e["operation"]} {e["subresource"]}").Order(StringComparer.Ordinal));
        (await _plane.Kubectl("delete", "deployment", "scaled")).Succeeded();
    }

    [Theory]
    [InlineData("application/apply-patch+cbor", "?fieldManager=a", "{}", 415, "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml")]
    [InlineData("application/json", "?fieldManager=a", "{}", 415, "the body of the request was in an unknown format")]
    [InlineData("application/apply-patch+yaml", "", "{}", 422, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")]
    [InlineData("application/merge-patch+json", "?force=true", "{}", 422, "force: Forbidden: may not be specified for non-apply patch")]
    [InlineData("application/merge-patch+json", "?fieldManager=a%0Ab", "{}", 422, "fieldManager: Invalid value: \"a\\nb\": invalid character U+000A (at position 1)")]
    [InlineData("application/merge-patch+json", "?fieldManager=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "{}", 422, "fieldManager: Too long: may not be more than 128 bytes")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "{apiVersion: v1, kind: ConfigMap", 400, "error decoding YAML: ")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "[]", 400, "cannot unmarshal array into Go value of type map[string]interface {}")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "{apiVersion: v1, kind: ConfigMap}", 400, "the name of the object (none based on URL) was undeterminable: name must be provided")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "{apiVersion: v1, kind: ConfigMap, metadata: {generateName: none-}}", 400, "name must be provided")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}", 400, "the name of the object (other) does not match the name on the URL (none)")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "{apiVersion: v1, kind: ConfigMap, metadata: {name: none, uid: abc}}", 409, "uid mismatch: the provided object specified uid abc, and no existing object was found")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "{apiVersion: v1, kind: ConfigMap, metadata: {name: none, resourceVersion: '7'}}", 409, "the object has been modified")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a", "{apiVersion: v1, kind: ConfigMap, metadata: {name: none, namespace: other}}", 400, "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("application/apply-patch+yaml", "?fieldManager=a&fieldValidation=Strict", "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {\"a\": \"1\", \"a\": \"2\"}}", 400, "error strict decoding YAML: key \"data.a\" already set in map")]
    [InlineData("application/merge-patch+json", "", "{\"data\": {}}", 404, "configmaps \"none\" not found")]
    public async Task A_bad_patch_is_refused_with_a_reason(string type, string query, string body, int code, string message)
    {
        using var client = _plane.Client();
        var answer = await Patch(client, "/api/v1/namespaces/default/configmaps/none" + query, type, body);
        Assert.Equal(code, (int)answer.Code);
        Assert.Contains(message, (string)answer.Body["message"]!);
    }

    [Fact]
    public async Task A_dry_run_of_an_apply_leaves_nothing()
    {
        var result = await _plane.KubectlWithInput(Manifest("wet", "{a: '1'}"), "apply", "--server-side", "--dry-run=server", "-f", "-");
        Assert.Equal("configmap/wet serverside-applied (server dry run)\n", result.Succeeded());
        Assert.Equal(1, (await _plane.Kubectl("get", "configmap", "wet")).ExitCode);
    }

    [Fact]
    public async Task Without_a_manager_the_client_names_itself()
    {
        using var client = _plane.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces/default/configmaps")
        {
            Content = new StringContent("""{"metadata":{"name":"agent"},"data":{"a":"1"}}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("User-Agent", "my-operator/v1.2 (linux)");
        (await client.SendAsync(request)).EnsureSuccessStatusCode();
        Assert.Equal("my-operator Update v1", await Path("agent", "{.metadata.managedFields[0].manager} {.metadata.managedFields[0].operation} {.metadata.managedFields[0].apiVersion}"));
        await Delete("agent");
    }

    [Fact]
    public async Task Unknown_fields_of_a_patch_are_told_or_refused()
    {
        await Apply("strict", "{a: '1'}");
        var warned = await _plane.Kubectl("patch", "configmap", "strict", "--type=merge", "-p", """{"colour":"red"}""");
        Assert.Contains("Warning: unknown field \"colour\"", warned.Error);
        using var client = _plane.Client();
        var refused = await Patch(client, "/api/v1/namespaces/default/configmaps/strict?fieldValidation=Strict", "application/merge-patch+json", """{"colour":"red"}""");
        Assert.Equal(422, (int)refused.Code);
        Assert.Contains("strict decoding error: unknown field \"colour\"", (string)refused.Body["message"]!);
        await Delete("strict");
    }

    [Fact]
    public async Task A_failing_test_of_a_json_patch_is_unprocessable()
    {
        await Apply("tested", "{a: '1'}");
        var failed = await _plane.Kubectl("patch", "configmap", "tested", "--type=json", "-p", """[{"op":"test","path":"/data/a","value":"2"},{"op":"remove","path":"/data/a"}]""");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("The request is invalid", failed.Error);
        Assert.Equal("1", await Path("tested", "{.data.a}"));
        await Delete("tested");
    }

    private static string Manifest(string name, string data) => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {data}\n";

    private static string Json(JsonNode node) => node.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static async Task<(HttpStatusCode Code, JsonNode Body)> Patch(HttpClient client, string path, string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await client.PatchAsync(path, content);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private Task<ProcessResult> Run(string name, string data, params string[] arguments) => _plane.KubectlWithInput(Manifest(name, data), ["apply", "--server-side", "-f", "-", .. arguments]);

    private async Task<string> Apply(string name, string data, params string[] arguments) => (await Run(name, data, arguments)).Succeeded();

    private async Task<string> Path(string name, string path, bool sorted = false)
    {
        var text = (await _plane.Kubectl("get", "configmap", name, "-o", $"jsonpath={path}")).Succeeded();
        return sorted ? string.Join(' ', text.Split(' ').Order(StringComparer.Ordinal)) : text;
    }

    private async Task Delete(string name) => (await _plane.Kubectl("delete", "configmap", name)).Succeeded();
}
