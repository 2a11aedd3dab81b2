using Minik8s.Api.Kinds;
using Minik8s.Testing;

namespace Minik8s.ApiServer.Tests.OpenApi;

/// <summary>What the stock kubectl makes of the documents.</summary>
public sealed class KubectlOpenApiTests : IAsyncLifetime
{
    private const string Pod = """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default"},"spec":{"containers":[{"name":"main","image":"web"}]}}""";

    private readonly string _home = Directory.CreateTempSubdirectory("minik8s-test-").FullName;
    private OpenApiServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await OpenApiServer.StartAsync(BuiltInResources.All);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Explain_of_a_kind_shows_its_fields_as_a_cluster_does()
    {
        var text = await Kubectl("explain", "pod");
        Assert.StartsWith("KIND:       Pod\nVERSION:    v1\n\nDESCRIPTION:\n    Pod is a collection of containers that can run on a host.", text);
        Assert.Contains("\n  spec\t<PodSpec>\n    Specification of the desired behavior of the pod. More info:\n", text);
        Assert.Contains("\n  metadata\t<ObjectMeta>\n", text);
    }

    [Theory]
    [InlineData("pod.spec.containers", "FIELD: containers <[]Container>", "  name\t<string> -required-\n", "  env\t<[]EnvVar>\n")]
    [InlineData("pod.metadata.creationTimestamp", "FIELD: creationTimestamp <string>", "\n    \n    Populated by the system. Read-only.", "DESCRIPTION")]
    [InlineData("pod.spec.containers.resources.limits", "FIELD: limits <map[string]Quantity>", "DESCRIPTION", "DESCRIPTION")]
    [InlineData("service.spec.ports.targetPort", "FIELD: targetPort <IntOrString>", "DESCRIPTION", "DESCRIPTION")]
    [InlineData("leases.spec", "GROUP:      coordination.k8s.io\nKIND:       Lease\nVERSION:    v1\n", "FIELD: spec <LeaseSpec>", "  renewTime\t<string>\n")]
    public async Task Explain_follows_a_path_of_fields(string path, params string[] expected)
    {
        var text = await Kubectl("explain", path);
        Assert.All(expected, part => Assert.Contains(part, text));
    }

    [Fact]
    public async Task Explain_recursive_shows_the_whole_tree()
    {
        var text = await Kubectl("explain", "pod", "--recursive");
        Assert.Contains("\n      livenessProbe\t<Probe>\n        exec\t<ExecAction>\n          command\t<[]string>\n", text);
    }

    [Fact]
    public async Task Explain_of_an_unknown_field_fails()
    {
        var result = await Run("explain", "pod.spec.foo");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("field \"foo\" does not exist", result.Error);
    }

    [Fact]
    public async Task Explain_reads_the_protobuf_form_of_version_2_as_well()
    {
        var text = await Kubectl("explain", "pod.spec.containers.ports", "--output", "plaintext-openapiv2");
        Assert.Contains("RESOURCE: ports <[]Object>", text);
        Assert.Contains("   containerPort\t<integer> -required-\n     Number of port to expose on the pod's IP address.", text);
    }

    [Theory]
    [InlineData("strict", "Strict")]
    [InlineData("warn", "Warn")]
    [InlineData("ignore", "Ignore")]
    public async Task Validation_is_left_to_the_server(string flag, string parameter)
    {
        var result = await Shell.RunAsync("kubectl", Arguments("create", "--validate=" + flag, "-f", "-"), Pod);
        Assert.Equal("pod/web created\n", result.Succeeded());
        Assert.Contains(_server.Requests, r => r.StartsWith("POST /api/v1/namespaces/default/pods?", StringComparison.Ordinal) && r.EndsWith("fieldValidation=" + parameter, StringComparison.Ordinal));
        Assert.DoesNotContain(_server.Requests, r => r.Contains("/openapi/v2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Documents_are_fetched_once_as_long_as_their_hash_stays()
    {
        await Kubectl("explain", "pod");
        await Kubectl("explain", "service");
        Assert.Single(_server.Requests, r => r.Contains("/openapi/v3/api/v1", StringComparison.Ordinal));
    }

    private async Task<string> Kubectl(params string[] arguments) => (await Run(arguments)).Succeeded();

    private Task<ProcessResult> Run(params string[] arguments) => Shell.RunAsync("kubectl", Arguments(arguments));

    private string[] Arguments(params string[] arguments) => ["--server", _server.Url.ToString(), "--cache-dir", Path.Combine(_home, "cache"), "--kubeconfig", "/dev/null", .. arguments];
}
