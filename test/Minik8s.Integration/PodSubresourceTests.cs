using System.Net;
using System.Text;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Subresources of pods that change a part of them, through the stock kubectl.</summary>
public sealed class PodSubresourceTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task Debug_adds_an_ephemeral_container()
    {
        await Create("debugged", "");
        await Kubectl("debug", "debugged", "--image=busybox:1", "--container=helper", "--attach=false", "-q", "--", "true");
        Assert.Equal("helper 2", await Path("debugged", "{.spec.ephemeralContainers[0].name} {.metadata.generation}"));
        await Kubectl("annotate", "pod", "debugged", "a=b");
        Assert.Equal("helper", await Path("debugged", "{.spec.ephemeralContainers[0].name}"));
        await Kubectl("delete", "pod", "debugged");
    }

    [Fact]
    public async Task Resize_changes_cpu_and_memory_alone()
    {
        await Create("resized", "");
        await Kubectl("patch", "pod", "resized", "--subresource=resize", "-p", """{"spec":{"containers":[{"name":"a","image":"other","resources":{"requests":{"cpu":"200m"}}}]}}""");
        Assert.Equal("200m a:1 2", await Path("resized", "{.spec.containers[0].resources.requests.cpu} {.spec.containers[0].image} {.metadata.generation}"));
        var refused = await _plane.Kubectl("patch", "pod", "resized", "-p", """{"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"300m"}}}]}}""");
        Assert.Contains("pod updates may not change fields other than", refused.Error);
        await Kubectl("delete", "pod", "resized");
    }

    [Fact]
    public async Task A_gated_pod_is_bound_when_its_gates_are_gone()
    {
        await Create("gated", "schedulingGates: [{name: example.com/wait}],");
        Assert.Matches("gated +0/1 +SchedulingGated ", await Kubectl("get", "pod", "gated"));
        Assert.Equal(HttpStatusCode.Conflict, await Bind("gated"));
        await Kubectl("patch", "pod", "gated", "--type=json", "-p", """[{"op":"remove","path":"/spec/schedulingGates"}]""");
        Assert.Equal(HttpStatusCode.Created, await Bind("gated"));
        await Kubectl("delete", "pod", "gated", "--force");
    }

    private async Task<HttpStatusCode> Bind(string pod)
    {
        using var client = _plane.Client();
        const string body = """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"NAME"},"target":{"kind":"Node","name":"node-a"}}""";
        var answer = await client.PostAsync(
            $"/api/v1/namespaces/default/pods/{pod}/binding", new StringContent(body.Replace("NAME", pod), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private async Task Create(string name, string more) =>
        (await _plane.KubectlWithInput(
            $"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{{more} containers: [{{name: a, image: \"a:1\", resources: {{requests: {{cpu: 100m}}}}}}]}}", "create", "-f", "-")).Succeeded();

    private async Task<string> Kubectl(params string[] arguments) => (await _plane.Kubectl(arguments)).Succeeded();

    private async Task<string> Path(string name, string path) => await Kubectl("get", "pod", name, "-o", $"jsonpath={path}");
}
